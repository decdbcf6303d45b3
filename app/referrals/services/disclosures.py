"""Services that store disclosures: at sending, by an update, and once at an upgrade; their verification."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, select

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.audit.services.audit_book import list_erased_ids
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.services.rules import require_open_case
from app.clients.models.client import Client, Consent, Household
from app.clients.policy import can_read_personal_details
from app.core import clock, hash_chain
from app.core.actor import SYSTEM, Actor
from app.core.checks import require_text
from app.core.errors import Conflict, PortalError
from app.db.records import lock, touch
from app.db.transaction import transaction
from app.extensions import db
from app.referrals.disclosure import (
    PERSONAL_SHARED_FIELDS,
    DisclosedValue,
    compose_client_values,
    compose_letter_values,
    compose_values,
    is_consent_withdrawn,
)
from app.referrals.enums import DisclosureOrigin, ReferralState, SharedField
from app.referrals.event_types import REFERRAL_DISCLOSED, REFERRAL_SENT, REFERRAL_UPDATED
from app.referrals.models.disclosure import ReferralDisclosure
from app.referrals.models.referral import Referral
from app.referrals.services.rules import begin_transition, record_referral_event
from app.referrals.transitions import LIVE_STATES

BATCH_SIZE = 100
"""Number of referrals per transaction at an upgrade."""

_SHARED_CONDITION = and_(
    Referral.state.in_([ReferralState[name] for name in LIVE_STATES if name != "draft"]),
    Consent.withdrawn_at.is_(None),
)
"""Condition on `Referral` outer-joined with its consent: the partner may read the shared data."""

_ADDRESS_COLUMNS = ("address", "rt", "rw", "outside_address", "kelurahan_id", "kelurahan")
SOURCE_COLUMNS: dict[str, dict[Any, tuple[str, ...]]] = {
    "address": {Client: (*_ADDRESS_COLUMNS, "household_id", "household"), Household: _ADDRESS_COLUMNS},
    "phone": {Client: ("phone", "phone_owner", "safe_to_contact")},
    "safe_to_contact": {Client: ("phone", "phone_owner", "safe_to_contact")},
    "guardian_name": {Client: ("guardian_name", "guardian_phone")},
    "guardian_phone": {Client: ("guardian_name", "guardian_phone", "safe_to_contact")},
    "problem": {Case: ("presenting_problem",)},
}
"""Disclosed field -> columns by model; if one was changed after the sending, the sent value is unknown."""


ANY_COLUMN = "*"
"""Placeholder for every column."""


def add_disclosure(
    referral: Referral, origin: DisclosureOrigin, values: Iterable[DisclosedValue]
) -> dict[str, Any]:
    """Store the values that the partner sees from now on; return id and hash for the event data."""
    data, salt = [value._asdict() for value in values], hash_chain.generate_salt()
    disclosure = ReferralDisclosure(
        referral=referral,
        origin=origin,
        disclosed_at=clock.now(),
        data=data,
        salt=salt,
        data_hash=hash_chain.hash_payload(data, salt),
    )
    db.session.add(disclosure)
    db.session.flush()
    return {"disclosure_id": disclosure.id, "disclosure_hash": disclosure.data_hash}


def disclose_on_sending(referral: Referral) -> dict[str, Any]:
    """Store letter and shared fields as the live records show them now; return the event data."""
    return add_disclosure(referral, DisclosureOrigin.sent, compose_values(referral, clock.now()))


def send_update(referral: Referral, *, reason: str, by: Actor) -> Referral:
    """Store a new disclosure, so that letter and partner page show the live records of today.

    Raises Conflict if the consent is withdrawn or the partner is archived, PortalError without a reason.
    """
    begin_transition(referral, "send_update", by)
    require_open_case(referral.case)
    reason = require_text(reason, "reason")
    _require_shareable(referral, by)
    values = [
        *compose_letter_values(referral, updated_on=clock.today()),
        *compose_client_values(referral, clock.now()),
    ]
    data = add_disclosure(referral, DisclosureOrigin.updated, values)
    touch(referral)
    record_referral_event(referral, REFERRAL_UPDATED, by=by, data=data, reason=reason)
    return referral


def refuse_restricted_details(
    referral: Referral, shared_fields: Collection[SharedField], by: Actor, field: str | None = None
) -> None:
    """Raise PortalError at `field` if `by` would share personal details that `by` may not read."""
    if set(shared_fields) & set(PERSONAL_SHARED_FIELDS) and not can_read_personal_details(
        referral.case.client, by
    ):
        raise PortalError(
            _("This person has a limited case. Its team decides whether these details are shared."),
            field=field,
        )


def _require_shareable(referral: Referral, by: Actor) -> None:
    refuse_restricted_details(referral, referral.ordered_shared_fields, by)
    if referral.consent is not None:
        lock(referral.consent)  # the consent cannot be withdrawn while it is used
    if is_consent_withdrawn(referral):
        raise Conflict(_("The client has withdrawn the consent: nothing more is shown to the partner."))
    if not referral.partner.active:
        raise Conflict(_("%(name)s is archived: choose another partner.", name=referral.partner.name))


def disclose_live_referrals() -> Iterator[str]:
    """Store disclosures for live referrals that were sent before disclosures existed; yield a report line.

    `siaga init` calls it after the migrations. It can be repeated and continues after a killed run. What was
    really shown is not recorded, so a field is left out if the audit book names a change of one of its source
    columns since the sending, until a user sends an update. A referral that is closed, declined or cancelled,
    or whose consent is withdrawn, gets none.
    """
    keys = list(
        db.session.scalars(
            select(Referral.id)
            .outerjoin(Referral.consent)
            .where(
                _SHARED_CONDITION,
                ~select(ReferralDisclosure.id).where(ReferralDisclosure.referral_id == Referral.id).exists(),
            )
            .order_by(Referral.id)
        )
    )
    db.session.rollback()
    for start in range(0, len(keys), BATCH_SIZE):
        with transaction(by=SYSTEM):
            for key in keys[start : start + BATCH_SIZE]:
                _disclose_for_upgrade(db.session.get_one(Referral, key))
        db.session.remove()
    if keys:
        yield f"what partners see was kept for {len(keys)} live referrals"


def _disclose_for_upgrade(referral: Referral) -> None:
    assert referral.sent_at is not None  # noqa: S101  only sent referrals are chosen
    unknown_fields = _find_changed_fields(referral, referral.sent_at)
    values = [item for item in compose_values(referral, referral.sent_at) if item.field not in unknown_fields]
    data = add_disclosure(referral, DisclosureOrigin.upgraded, values)
    record_referral_event(referral, REFERRAL_DISCLOSED, by=SYSTEM, data=data)


def _find_changed_fields(referral: Referral, since: datetime) -> set[str]:
    """Return the fields with a source column that was changed since then, by the audit book."""
    client = referral.case.client
    keys = {Case: referral.case_id, Client: client.id, Household: client.household_id}
    changed = {
        model: _find_changed_columns(model, key, since) for model, key in keys.items() if key is not None
    }
    return {
        field
        for field, sources in SOURCE_COLUMNS.items()
        for model, columns in sources.items()
        if changed.get(model, set()) & {*columns, ANY_COLUMN}
    }


def _find_changed_columns(model: Any, key: int, since: datetime) -> set[str]:
    """Return the columns changed since then; `ANY_COLUMN` for an audit entry whose changes were erased."""
    entries = db.session.scalars(
        select(AuditEntry).where(
            AuditEntry.entity == model.__tablename__,
            AuditEntry.entity_id == key,
            AuditEntry.action == Action.update,
            AuditEntry.at >= since,
        )
    )
    return {name for entry in entries for name in ([ANY_COLUMN] if entry.changes is None else entry.changes)}


def verify_disclosures() -> Iterator[str]:
    """Yield a message for each disclosure that was changed, and for each live referral that has none."""
    referral_ids: set[int] = set()
    hashes, erased = _load_event_hashes()
    known_erasures = list_erased_ids(db.session(), ReferralDisclosure.__tablename__)
    for row in db.session.scalars(select(ReferralDisclosure).execution_options(yield_per=500)):
        referral_ids.add(row.referral_id)
        name = f"disclosure {row.id} of referral {row.referral_id}"
        if row.id not in hashes and row.referral_id not in erased:
            yield f"{name} is named by no event"
        elif hashes.get(row.id, row.data_hash) != row.data_hash or not _is_intact(row):
            yield f"{name} is not what was sent"
        elif row.erased_at is not None and row.id not in known_erasures:
            yield f"{name} was erased, and no line of the audit says why"
    query = select(Referral.id).outerjoin(Referral.consent).where(_SHARED_CONDITION).order_by(Referral.id)
    for key in db.session.scalars(query):
        if key not in referral_ids:
            yield f"referral {key} was sent and nothing says what its partner sees: run siaga init"


def _load_event_hashes() -> tuple[dict[int, str], set[int | None]]:
    """Return disclosure id -> hash from the case events, and the ids of referrals with an erased event."""
    kinds = [event_type.code for event_type in (REFERRAL_SENT, REFERRAL_UPDATED, REFERRAL_DISCLOSED)]
    hashes, erased_ids = {}, set()
    for referral_id, data in db.session.execute(
        select(CaseEvent.source_id, CaseEvent.data).where(CaseEvent.kind.in_(kinds))
    ):
        if data is None:
            erased_ids.add(referral_id)
        elif "disclosure_id" in data:
            hashes[data["disclosure_id"]] = data["disclosure_hash"]
    return hashes, erased_ids


def _is_intact(disclosure: ReferralDisclosure) -> bool:
    if disclosure.erased_at is not None:
        return disclosure.data is None and disclosure.salt is None
    return (
        disclosure.salt is not None
        and hash_chain.hash_payload(disclosure.data, disclosure.salt) == disclosure.data_hash
    )
