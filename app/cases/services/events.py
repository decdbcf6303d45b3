"""Events of a case: one for each change, chained to the one before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.cases.enums import ActorKind
from app.cases.events import EventType
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent, CaseReason
from app.core import clock, hash_chain
from app.core.actor import Actor
from app.core.seals import get_book_key
from app.db.model import Entity
from app.db.records import create
from app.extensions import db
from app.security.models import PortalUser

HASHED_FIELDS = (
    "case_id",
    "kind",
    "occurred_at",
    "recorded_at",
    "actor_id",
    "actor_name",
    "actor_kind",
    "source",
    "source_id",
    "corrects_id",
)
"""Fields that the hash of an event covers."""


def record_event(
    case: Case,
    event_type: EventType,
    *,
    by: Actor,
    occurred_at: datetime | None = None,
    source: Entity | PortalUser | None = None,
    data: Mapping[str, Any] | None = None,
    corrects: CaseEvent | None = None,
    actor_kind: ActorKind | None = None,
    reason: str | None = None,
) -> CaseEvent:
    """Write an event of the case, in the transaction of the change.

    `source` is the record that the event is about. `data` holds ids and codes: never names, NIK or phone
    numbers. `reason` is text of the user; it is stored beside the event, where it can be erased.
    """
    db.session.flush()
    now = clock.now()
    payload, salt = hash_chain.to_json_value(data or {}), hash_chain.generate_salt()
    event = CaseEvent(
        case_id=case.id,
        kind=event_type.code,
        occurred_at=occurred_at or now,
        recorded_at=now,
        actor_id=by.actor_id,
        actor_name=by.full_name,
        actor_kind=actor_kind or (ActorKind.system if by.actor_id is None else ActorKind.user),
        source=source.__tablename__ if source is not None else None,
        source_id=source.id if source is not None else None,
        data=payload,
        corrects_id=corrects.id if corrects is not None else None,
        salt=salt,
        prev_hash=_get_last_hash(case),
    )
    event.data_hash = hash_chain.hash_payload(payload, salt)
    event.hash = hash_chain.hash_row(event.prev_hash, get_hashed_fields(event), event.data_hash)
    key = get_book_key()
    event.seal, event.key_id = key.seal(event.hash), key.id
    db.session.add(event)
    db.session.flush()
    if reason is not None:
        create(CaseReason, {"event_id": event.id, "text": reason}, by=by)
    return event


def _get_last_hash(case: Case) -> str:
    # Lock first: on PostgreSQL two writers could otherwise chain to the same event, and one would fail.
    # NO KEY: the source record was inserted before, and already holds a key share lock of the case.
    db.session.execute(select(Case.id).where(Case.id == case.id).with_for_update(key_share=True))
    query = select(CaseEvent.hash).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id.desc()).limit(1)
    return db.session.scalar(query) or hash_chain.GENESIS


def get_hashed_fields(event: CaseEvent) -> dict[str, Any]:
    """Return the fields that the event's hash covers."""
    return {name: getattr(event, name) for name in HASHED_FIELDS}


def build_chain_link(event: CaseEvent) -> hash_chain.ChainRow:
    """Convert the event to the row that `hash_chain.find_broken_row` reads."""
    return hash_chain.ChainRow(
        row_id=event.id,
        prev_hash=event.prev_hash,
        fields=get_hashed_fields(event),
        payload=event.data,
        salt=event.salt,
        data_hash=event.data_hash,
        hash=event.hash,
        is_erased=event.erased_at is not None,
    )
