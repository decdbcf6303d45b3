"""What leaves the house with a referral, as a list of field, label and value.

It is composed from the live record once, when the referral is sent (`live_values`), and stored as a
`ReferralDisclosure`. From then on letter, reprint and partner page read the newest disclosure only: what is
changed afterwards in client, household or case goes nowhere before somebody sends an update.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from babel.dates import format_date
from flask_babel import force_locale, pgettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.cases.choices import Urgency
from app.cases.models import Assessment, Service
from app.clients.choices import BirthDatePrecision, ConsentPurpose, SafeToContact
from app.clients.contact import is_at_risk
from app.clients.identity import age_in_words
from app.clients.models import Client, Consent
from app.core import clock, display
from app.core.actor import Actor
from app.core.masking import mask_for
from app.extensions import db
from app.reference.choices import Confidentiality
from app.reference.services import office_on
from app.referrals.choices import DocumentState, SharedField
from app.referrals.models import Referral, ReferralDisclosure
from app.referrals.states import ReferralState

LANGUAGE = "id"
"""Language of letter and partner page, whoever sends."""
MAX_SERVICES = 10
ENCLOSED = (DocumentState.attached, DocumentState.on_paper)
PROSE = ("problem", "assessment", "services")
"""Fields that get a paragraph of their own in a letter."""

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
"""Fields of the letter that say nothing of the client beside the request."""

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
"""Fields of client and case, each shared only when its `SharedField` was ticked."""

DETAILS = ("no_kk", "address", "phone", "safe_to_contact", "guardian_name", "guardian_phone")
"""Fields made of `PERSONAL_DETAILS`: in an open limited case read by those alone who read these."""
DETAIL_SHARES = (SharedField.no_kk, SharedField.address, SharedField.phone, SharedField.guardian)
"""What of the ticked data they come from."""

Texts = Iterator[tuple[str, str | None]]


class DisclosedValue(NamedTuple):
    """One thing that the partner is shown."""

    field: str
    label: str
    """In the language of the letter."""
    value: str

    @property
    def is_prose(self) -> bool:
        """Whether it is a paragraph, not a line."""
        return self.field in PROSE


class ChangedValue(NamedTuple):
    """A shared value that is no longer what was sent; the label is in the reader's language."""

    field: str
    label: Any
    sent: str
    now: str


def live_values(referral: Referral, as_of: datetime) -> list[DisclosedValue]:
    """Compose letter and shared data from the record as it is; ages and services as of an instant."""
    return [*live_letter_values(referral), *live_client_values(referral, as_of)]


def live_letter_values(referral: Referral, updated_on: date | None = None) -> list[DisclosedValue]:
    """Compose the fields of `LETTER_LABELS`."""
    sent_on = _day_of(referral.sent_at or clock.now())
    with force_locale(LANGUAGE):
        texts = (*_office(updated_on or sent_on), *_head(referral, sent_on, updated_on), *_body(referral))
        return [DisclosedValue(field, str(LETTER_LABELS[field]), text) for field, text in texts if text]


def live_client_values(referral: Referral, as_of: datetime) -> list[DisclosedValue]:
    """Compose the fields of `CLIENT_LABELS` whose sharing was ticked."""
    with force_locale(LANGUAGE):
        return [
            DisclosedValue(field, str(CLIENT_LABELS[field]), text or display.UNKNOWN)
            for shared in referral.shared
            for field, text in _SHARED[shared](referral, as_of)
        ]


def read_values(disclosure: ReferralDisclosure) -> list[DisclosedValue]:
    """Return what was stored; nothing after the law's erasure."""
    return [DisclosedValue(**row) for row in disclosure.data or ()]


def shown_values(referral: Referral) -> list[DisclosedValue]:
    """Return what letter and partner page show: what was sent, or a draft as it would be sent now.

    Of a referral without a disclosure only the fields of the letter, none of client and case.
    """
    if referral.sent_at is None:
        return live_values(referral, clock.now())
    disclosure = referral.disclosure
    if disclosure is None or disclosure.data is None:
        return live_letter_values(referral)
    return read_values(disclosure)


def shown_client_values(referral: Referral) -> list[DisclosedValue]:
    """Return what `shown_values` tells of client and case, without composing a draft's letter."""
    if referral.sent_at is None:
        return live_client_values(referral, clock.now())
    return [] if referral.disclosure is None else client_values(read_values(referral.disclosure))


def readable_values(values: Iterable[DisclosedValue], user: Actor, *, details: bool) -> list[DisclosedValue]:
    """Mask numbers for this user, and hide personal details from who may not read them (`details`)."""
    return [one._replace(value=_text_for(user, one, details)) for one in values]


def _text_for(user: Actor, one: DisclosedValue, details: bool) -> str:
    if one.field in DETAILS and not details:
        return str(_("not visible to you"))
    if one.field in LETTER_LABELS and one.field not in ("request", "documents"):
        return one.value
    return str(mask_for(user, one.value))


def client_values(values: Iterable[DisclosedValue]) -> list[DisclosedValue]:
    """Pick what tells of client and case."""
    return [one for one in values if one.field in CLIENT_LABELS]


def changed_values(referral: Referral, user: Actor, *, details: bool) -> list[ChangedValue]:
    """Compare what was sent with the live record, as this user may read both.

    A value of which nothing was kept counts as changed. `details`: whether the user reads the client's
    personal details; of those nothing is said otherwise, not even that they changed.
    """
    disclosure = referral.disclosure
    if disclosure is None or disclosure.data is None:
        return []
    sent = {one.field: one.value for one in client_values(read_values(disclosure))}
    now = {one.field: one.value for one in live_client_values(referral, disclosure.disclosed_at)}
    return [
        ChangedValue(
            field,
            label,
            str(mask_for(user, sent.get(field, display.UNKNOWN))),
            str(mask_for(user, now.get(field, display.UNKNOWN))),
        )
        for field, label in CLIENT_LABELS.items()
        if sent.get(field) != now.get(field) and (details or field not in DETAILS)
    ]


def not_shared(referral: Referral) -> list[str]:
    """Name what stays in the house."""
    return [str(field.value) for field in SharedField if field.name not in referral.shared_fields]


def is_consent_withdrawn(referral: Referral) -> bool:
    """Whether the client no longer agrees: to what it was sent on or, for a draft, to any sharing."""
    if referral.consent is not None:
        return referral.consent.withdrawn_at is not None
    if referral.sent_at is not None:
        return False
    consents = db.session.scalars(
        select(Consent.withdrawn_at).where(
            Consent.client_id == referral.case.client_id,
            Consent.purpose == ConsentPurpose.share_with_partner,
        )
    ).all()
    return bool(consents) and None not in consents


def until(referral: Referral) -> str | None:
    """Until when the next step is due, by its last minute: midnight would read as the next day."""
    due = referral.due_at
    if due is None:
        return None
    midnight = due.astimezone(clock.WITA).time() == time()
    return display.moment(due - timedelta(minutes=1) if midnight else due)


def _day_of(moment: datetime) -> date:
    return moment.astimezone(clock.WITA).date()


def _long(day: date) -> str:
    return format_date(day, "d MMMM y", locale=LANGUAGE)


def _office(day: date) -> Texts:
    office = office_on(day)
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


def _head(referral: Referral, sent_on: date, updated_on: date | None) -> Texts:
    office = office_on(updated_on or sent_on)
    yield "letter_number", referral.letter_number
    yield "letter_nature", _nature(referral)
    yield "letter_date", ", ".join(filter(None, (office and office.letter_place, _long(sent_on))))
    yield "updated_on", _long(updated_on) if updated_on else None
    yield "addressee", referral.partner.name
    yield "addressee_address", referral.partner.address


def _body(referral: Referral) -> Texts:
    enclosed = [document.title for document in referral.documents if document.state in ENCLOSED]
    worker = referral.case.worker
    yield "need", referral.need_kind.name
    yield "request", referral.request
    yield "documents", "\n".join(enclosed)
    yield "worker", worker.full_name if worker is not None else None
    yield "answer_by", until(referral) if referral.state is ReferralState.sent else None


def _nature(referral: Referral) -> str:
    """How fast, and who may read it."""
    urgency = {
        Urgency.ordinary: pgettext("letter", "Ordinary"),
        Urgency.urgent: pgettext("letter", "Urgent"),
        Urgency.emergency: pgettext("letter", "Most urgent"),
    }[referral.urgency]
    if referral.case.confidentiality is Confidentiality.ordinary:
        return str(urgency)
    return ", ".join((urgency, pgettext("letter", "confidential")))


def _client(referral: Referral) -> Client:
    return referral.case.client


def _identity(referral: Referral, _as_of: datetime) -> Texts:
    client = _client(referral)
    yield "name", client.label
    if client.alias:
        yield "alias", client.alias
    if not client.name:
        yield "features", client.features


def _nik(referral: Referral, _as_of: datetime) -> Texts:
    yield "nik", _client(referral).nik


def _no_kk(referral: Referral, _as_of: datetime) -> Texts:
    yield "no_kk", _client(referral).no_kk


def _sex_and_age(referral: Referral, as_of: datetime) -> Texts:
    client = _client(referral)
    born, exact = client.birth_date, client.birth_date_precision is BirthDatePrecision.exact
    yield "sex", str(client.sex.value)
    yield "age", age_in_words(born, _day_of(as_of), exact=exact) if born else None


def _address(referral: Referral, _as_of: datetime) -> Texts:
    yield "address", _client(referral).place


def _phone(referral: Referral, _as_of: datetime) -> Texts:
    """A number that must not be called is not told; what to mind before calling stands beside it."""
    client = _client(referral)
    if client.safe_to_contact is SafeToContact.no:
        yield "safe_to_contact", _("Please do not call: it could harm the client.")
        return
    yield "phone", display.phone(client.phone) if client.phone else None
    if client.phone and _must_be_asked_before_calling(client):
        yield "safe_to_contact", _("Ask the office before you call.")


def _must_be_asked_before_calling(client: Client) -> bool:
    """Whether a call could harm the client, or nobody has answered yet whether it could."""
    answer = client.safe_to_contact
    return answer is SafeToContact.ask_first or (answer is None and is_at_risk(client))


def _guardian(referral: Referral, _as_of: datetime) -> Texts:
    client = _client(referral)
    yield "guardian_name", client.guardian_name
    if client.guardian_phone:
        yield "guardian_phone", display.phone(client.guardian_phone)


def _problem(referral: Referral, _as_of: datetime) -> Texts:
    yield "problem", referral.case.presenting_problem


def _assessment(referral: Referral, as_of: datetime) -> Texts:
    query = (
        select(Assessment.summary)
        .where(Assessment.case_id == referral.case_id, Assessment.happened_at <= as_of)
        .order_by(Assessment.happened_at.desc(), Assessment.id.desc())
    )
    yield "assessment", db.session.scalar(query.limit(1))


def _services(referral: Referral, as_of: datetime) -> Texts:
    """Which services were given and when, never what was said in them."""
    query = (
        select(Service)
        .where(Service.case_id == referral.case_id, Service.happened_at <= as_of)
        .order_by(Service.happened_at.desc(), Service.id.desc())
    )
    given = [
        f"{one.kind.value} ({display.day(_day_of(one.happened_at))})"
        for one in db.session.scalars(query.limit(MAX_SERVICES))
    ]
    yield "services", ", ".join(reversed(given))


_SHARED: dict[SharedField, Callable[[Referral, datetime], Texts]] = {
    SharedField.identity: _identity,
    SharedField.nik: _nik,
    SharedField.no_kk: _no_kk,
    SharedField.sex_and_age: _sex_and_age,
    SharedField.address: _address,
    SharedField.phone: _phone,
    SharedField.guardian: _guardian,
    SharedField.problem: _problem,
    SharedField.assessment: _assessment,
    SharedField.services: _services,
}
