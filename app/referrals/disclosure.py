"""Data that a referral discloses to the partner, as a list of field, label and value.

`compose_values` builds the list from the live records when the referral is sent; it is stored as a
`ReferralDisclosure`. From then on letter, reprint and partner page read the newest disclosure only. Later
changes of client, household or case reach the partner only when a user sends an update.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from babel.dates import format_date
from flask_babel import force_locale, pgettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.cases.enums import Urgency
from app.cases.models.entries import Service
from app.cases.models.process import Assessment
from app.clients.enums import BirthDatePrecision, ConsentPurpose, SafeToContact
from app.clients.models.client import Client, Consent
from app.clients.policy import is_at_risk
from app.clients.rules.identity import format_age
from app.core import clock, formats
from app.core.actor import Actor
from app.db.masking import mask_for
from app.extensions import db
from app.reference.enums import Confidentiality
from app.reference.services import get_office_setting
from app.referrals.enums import DocumentState, ReferralState, SharedField
from app.referrals.models.disclosure import ReferralDisclosure
from app.referrals.models.referral import Referral

LANGUAGE = "id"
"""Language of letter and partner page, whatever language the sending user has."""
MAX_SERVICES = 10
ENCLOSED_STATES = (DocumentState.attached, DocumentState.on_paper)
PROSE_FIELDS = ("problem", "assessment", "services")
"""Fields that are a separate paragraph in a letter."""

LETTER_LABELS: dict[str, Any] = {
    "letterhead": _l("Letterhead"),
    "office_name": _l("Name of the office"),
    "parent_office": _l("Parent office"),
    "office_address": _l("Address of the office"),
    "office_phone": _l("Phone of the office"),
    "signatory_position": _l("Position of the signatory"),
    "signatory_name": _l("Signatory"),
    "signatory_nip": _l("NIP of the signatory"),
    "letter_copies": _l("Copies go to"),
    "letter_number": _l("Number of the letter"),
    "letter_nature": _l("Nature of the letter"),
    "letter_date": _l("Place and date"),
    "updated_on": _l("Updated on"),
    "addressee": _l("Addressee"),
    "addressee_address": _l("Address of the addressee"),
    "need": _l("Need"),
    "request": _l("Request"),
    "documents": _l("Documents enclosed"),
    "worker": _l("Social worker"),
    "answer_by": _l("Answer asked by"),
}
"""Fields of the letter; of these only the request and the documents can tell about the client."""

CLIENT_LABELS: dict[str, Any] = {
    "name": _l("Name"),
    "alias": _l("Also called"),
    "features": _l("Description"),
    "nik": _l("NIK"),
    "no_kk": _l("No. KK"),
    "sex": _l("Sex"),
    "age": _l("Age"),
    "address": _l("Address"),
    "phone": _l("Phone"),
    "safe_to_contact": _l("Before calling"),
    "guardian_name": _l("Parent or guardian"),
    "guardian_phone": _l("Phone of parent or guardian"),
    "problem": _l("Reason and short history"),
    "assessment": _l("Summary of the assessment"),
    "services": _l("What the office has done"),
}
"""Fields of client and case; each is shared only if its `SharedField` is ticked."""

PERSONAL_DETAIL_FIELDS = ("no_kk", "address", "phone", "safe_to_contact", "guardian_name", "guardian_phone")
"""Fields made of the client's `PERSONAL_DETAILS`.

In an open limited case only users who may read the personal details read them.
"""
PERSONAL_SHARED_FIELDS = (SharedField.no_kk, SharedField.address, SharedField.phone, SharedField.guardian)
"""The shared fields from which `PERSONAL_DETAIL_FIELDS` come."""

FieldTexts = Iterator[tuple[str, str | None]]


class DisclosedValue(NamedTuple):
    """One field that the partner sees."""

    field: str
    label: str
    """Label in the language of the letter."""
    value: str

    @property
    def is_prose(self) -> bool:
        """Return whether the value is a paragraph, not a line."""
        return self.field in PROSE_FIELDS


class ChangedValue(NamedTuple):
    """A shared value that differs from the live record; the label is in the reader's language."""

    field: str
    label: Any
    sent_value: str
    current_value: str


def compose_values(referral: Referral, as_of: datetime) -> list[DisclosedValue]:
    """Compose letter and shared data from the live records; age, assessment and services as of `as_of`."""
    return [*compose_letter_values(referral), *compose_client_values(referral, as_of)]


def compose_letter_values(referral: Referral, updated_on: date | None = None) -> list[DisclosedValue]:
    """Compose the fields of `LETTER_LABELS`; `updated_on`: the day of an update, None at the sending."""
    sent_on = _to_local_date(referral.sent_at or clock.now())
    with force_locale(LANGUAGE):
        texts = (
            *_iter_office_texts(updated_on or sent_on),
            *_iter_head_texts(referral, sent_on, updated_on),
            *_iter_body_texts(referral),
        )
        return [DisclosedValue(field, str(LETTER_LABELS[field]), text) for field, text in texts if text]


def compose_client_values(referral: Referral, as_of: datetime) -> list[DisclosedValue]:
    """Compose the fields of `CLIENT_LABELS` that are ticked as shared."""
    with force_locale(LANGUAGE):
        values = (
            DisclosedValue(field, str(CLIENT_LABELS[field]), text or formats.EMPTY_VALUE)
            for shared in referral.ordered_shared_fields
            for field, text in _TEXTS_BY_SHARED_FIELD[shared](referral, as_of)
        )
        return list(dict.fromkeys(values))  # the warning before a call belongs to both phones


def get_stored_values(disclosure: ReferralDisclosure) -> list[DisclosedValue]:
    """Return the stored values; an empty list after the legal erasure."""
    return [DisclosedValue(**row) for row in disclosure.data or ()]


def get_displayed_values(referral: Referral) -> list[DisclosedValue]:
    """Return the values for letter and partner page: the values sent or, for a draft, the live values.

    For a sent referral without stored data: the fields of the letter only, none of client and case.
    """
    if referral.sent_at is None:
        return compose_values(referral, clock.now())
    disclosure = referral.disclosure
    if disclosure is None or disclosure.data is None:
        return compose_letter_values(referral)
    return get_stored_values(disclosure)


def get_displayed_client_values(referral: Referral) -> list[DisclosedValue]:
    """Return the client and case fields of `get_displayed_values` without composing a draft's letter."""
    if referral.sent_at is None:
        return compose_client_values(referral, clock.now())
    return [] if referral.disclosure is None else select_client_values(get_stored_values(referral.disclosure))


def mask_values(
    values: Iterable[DisclosedValue], user: Actor, *, can_read_details: bool
) -> list[DisclosedValue]:
    """Mask numbers for the user; hide personal details unless `can_read_details`."""
    return [disclosed._replace(value=_mask_value(user, disclosed, can_read_details)) for disclosed in values]


def _mask_value(user: Actor, disclosed: DisclosedValue, can_read_details: bool) -> str:
    if disclosed.field in PERSONAL_DETAIL_FIELDS and not can_read_details:
        return str(_("not visible to you"))
    if disclosed.field in LETTER_LABELS and disclosed.field not in ("request", "documents"):
        return disclosed.value
    return str(mask_for(user, disclosed.value))


def select_client_values(values: Iterable[DisclosedValue]) -> list[DisclosedValue]:
    """Return the values that are fields of client and case."""
    return [disclosed for disclosed in values if disclosed.field in CLIENT_LABELS]


def list_changed_values(referral: Referral, user: Actor, *, can_read_details: bool) -> list[ChangedValue]:
    """Compare the sent values with the live records; return the differences, masked for the user.

    A value that was not stored counts as changed. Without `can_read_details` (the client's personal details)
    the personal fields are left out, so that not even the fact of a change is told.
    """
    disclosure = referral.disclosure
    if disclosure is None or disclosure.data is None:
        return []
    sent = {item.field: item.value for item in select_client_values(get_stored_values(disclosure))}
    current = {item.field: item.value for item in compose_client_values(referral, disclosure.disclosed_at)}
    return [
        ChangedValue(
            field,
            label,
            str(mask_for(user, sent.get(field, formats.EMPTY_VALUE))),
            str(mask_for(user, current.get(field, formats.EMPTY_VALUE))),
        )
        for field, label in CLIENT_LABELS.items()
        if sent.get(field) != current.get(field) and (can_read_details or field not in PERSONAL_DETAIL_FIELDS)
    ]


def list_unshared_labels(referral: Referral) -> list[str]:
    """Return the labels of the fields that are not shared."""
    return [str(field.value) for field in SharedField if field.name not in referral.shared_fields]


def is_consent_withdrawn(referral: Referral) -> bool:
    """Return whether the consent of the referral or, for a draft, every consent to share is withdrawn."""
    if referral.consent is not None:
        return referral.consent.withdrawn_at is not None
    if referral.sent_at is not None:
        return False
    withdrawal_times = db.session.scalars(
        select(Consent.withdrawn_at).where(
            Consent.client_id == referral.case.client_id,
            Consent.purpose == ConsentPurpose.share_with_partner,
        )
    ).all()
    return bool(withdrawal_times) and None not in withdrawal_times


def format_due_at(referral: Referral) -> str | None:
    """Format the due time of the next step in WITA; None without a time limit."""
    due_at = referral.due_at
    if due_at is None:
        return None
    # Midnight would read as the next day, so the minute before it is shown.
    is_midnight = due_at.astimezone(clock.WITA).time() == time()
    return formats.format_instant(due_at - timedelta(minutes=1) if is_midnight else due_at)


def _to_local_date(moment: datetime) -> date:
    return moment.astimezone(clock.WITA).date()


def _format_long_date(day: date) -> str:
    return format_date(day, "d MMMM y", locale=LANGUAGE)


def _iter_office_texts(day: date) -> FieldTexts:
    office = get_office_setting(day)
    if office is None:
        return
    yield "letterhead", office.letterhead or f"{office.parent_office}\n{office.office_name}"
    yield "office_name", office.office_name
    yield "parent_office", office.parent_office
    yield "office_address", office.address
    yield "office_phone", office.phone
    yield "signatory_position", office.signatory_position
    yield "signatory_name", office.signatory_name
    yield "signatory_nip", office.signatory_nip
    yield "letter_copies", office.letter_copies


def _iter_head_texts(referral: Referral, sent_on: date, updated_on: date | None) -> FieldTexts:
    office = get_office_setting(updated_on or sent_on)
    yield "letter_number", referral.letter_number
    yield "letter_nature", _describe_nature(referral)
    yield "letter_date", ", ".join(filter(None, (office and office.letter_place, _format_long_date(sent_on))))
    yield "updated_on", _format_long_date(updated_on) if updated_on else None
    yield "addressee", referral.partner.name
    yield "addressee_address", referral.partner.address


def _iter_body_texts(referral: Referral) -> FieldTexts:
    enclosed = [document.title for document in referral.documents if document.state in ENCLOSED_STATES]
    worker = referral.case.worker
    yield "need", referral.need_kind.name
    yield "request", referral.request
    yield "documents", "\n".join(enclosed)
    yield "worker", worker.full_name if worker is not None else None
    yield "answer_by", format_due_at(referral) if referral.state is ReferralState.sent else None


def _describe_nature(referral: Referral) -> str:
    """Return urgency and, unless the case is ordinary, the word for confidential."""
    urgency = {
        Urgency.ordinary: pgettext("letter", "Ordinary"),
        Urgency.urgent: pgettext("letter", "Urgent"),
        Urgency.emergency: pgettext("letter", "Most urgent"),
    }[referral.urgency]
    if referral.case.confidentiality is Confidentiality.ordinary:
        return str(urgency)
    return ", ".join((urgency, pgettext("letter", "confidential")))


def _get_client(referral: Referral) -> Client:
    return referral.case.client


def _iter_identity(referral: Referral, _as_of: datetime) -> FieldTexts:
    client = _get_client(referral)
    yield "name", client.label
    if client.alias:
        yield "alias", client.alias
    if not client.name:
        yield "features", client.features


def _iter_nik(referral: Referral, _as_of: datetime) -> FieldTexts:
    yield "nik", _get_client(referral).nik


def _iter_no_kk(referral: Referral, _as_of: datetime) -> FieldTexts:
    yield "no_kk", _get_client(referral).no_kk


def _iter_sex_and_age(referral: Referral, as_of: datetime) -> FieldTexts:
    client = _get_client(referral)
    birth_date, is_exact = client.birth_date, client.birth_date_precision is BirthDatePrecision.exact
    yield "sex", str(client.sex.value)
    yield "age", format_age(birth_date, _to_local_date(as_of), exact=is_exact) if birth_date else None


def _iter_address(referral: Referral, _as_of: datetime) -> FieldTexts:
    yield "address", _get_client(referral).place


def _iter_phone(referral: Referral, _as_of: datetime) -> FieldTexts:
    """Yield the phone number with a warning if the call needs an approval; no number if calls are unsafe."""
    client = _get_client(referral)
    if client.safe_to_contact is not SafeToContact.no:
        yield "phone", formats.format_phone(client.phone) if client.phone else None
    if client.phone or client.safe_to_contact is SafeToContact.no:
        yield from _iter_call_warning(client)


def _iter_call_warning(client: Client) -> FieldTexts:
    """Yield a warning about calls to the client or the guardian; nothing if they are safe."""
    if client.safe_to_contact is SafeToContact.no:
        yield "safe_to_contact", _("Please do not call: it could harm the client.")
    elif _is_approval_needed_before_call(client):
        yield "safe_to_contact", _("Ask the office before you call.")


def _is_approval_needed_before_call(client: Client) -> bool:
    """Return whether calls need approval: by the answer or, without an answer, for a client at risk."""
    safe_to_contact = client.safe_to_contact
    return safe_to_contact is SafeToContact.ask_first or (safe_to_contact is None and is_at_risk(client))


def _iter_guardian(referral: Referral, _as_of: datetime) -> FieldTexts:
    """Yield the guardian; the phone like the client's own, since both may be answered at home."""
    client = _get_client(referral)
    yield "guardian_name", client.guardian_name
    if client.guardian_phone:
        if client.safe_to_contact is not SafeToContact.no:
            yield "guardian_phone", formats.format_phone(client.guardian_phone)
        yield from _iter_call_warning(client)


def _iter_problem(referral: Referral, _as_of: datetime) -> FieldTexts:
    yield "problem", referral.case.presenting_problem


def _iter_assessment(referral: Referral, as_of: datetime) -> FieldTexts:
    query = (
        select(Assessment.summary)
        .where(Assessment.case_id == referral.case_id, Assessment.happened_at <= as_of)
        .order_by(Assessment.happened_at.desc(), Assessment.id.desc())
    )
    yield "assessment", db.session.scalar(query.limit(1))


def _iter_services(referral: Referral, as_of: datetime) -> FieldTexts:
    """Yield kind and day of the last services, never their text."""
    query = (
        select(Service)
        .where(Service.case_id == referral.case_id, Service.happened_at <= as_of)
        .order_by(Service.happened_at.desc(), Service.id.desc())
    )
    lines = [
        f"{service.kind.value} ({formats.format_day(_to_local_date(service.happened_at))})"
        for service in db.session.scalars(query.limit(MAX_SERVICES))
    ]
    yield "services", ", ".join(reversed(lines))


_TEXTS_BY_SHARED_FIELD: dict[SharedField, Callable[[Referral, datetime], FieldTexts]] = {
    SharedField.identity: _iter_identity,
    SharedField.nik: _iter_nik,
    SharedField.no_kk: _iter_no_kk,
    SharedField.sex_and_age: _iter_sex_and_age,
    SharedField.address: _iter_address,
    SharedField.phone: _iter_phone,
    SharedField.guardian: _iter_guardian,
    SharedField.problem: _iter_problem,
    SharedField.assessment: _iter_assessment,
    SharedField.services: _iter_services,
}
