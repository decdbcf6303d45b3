"""Models of a case's events (a hash chain, append-only in the database) and of their reasons."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import ActorKind
from app.cases.events import format_event
from app.cases.models.case import Case
from app.db.column_info import column_info
from app.db.model import Base, Entity
from app.db.types import Instant, Line, PlainJSON, Prose, enum_type


class CaseEvent(Base):
    """One event of a case, written by `services.events.record_event` in the transaction of the change.

    The payload holds ids and codes, never names, NIK or phone numbers. Texts are in the source record or in a
    `CaseReason`.
    """

    __tablename__ = "case_event"
    __title__ = _l("Case event")
    __parent_keys__ = ("case_id",)
    __table_args__ = (
        UniqueConstraint("case_id", "prev_hash"),  # two events with the same predecessor would be a fork
        Index("ix_case_event_case_id_occurred_at", "case_id", "occurred_at", "id"),
        Index("ix_case_event_case_id_id", "case_id", "id"),
        # The same timeline, filtered by kind or by actor.
        Index("ix_case_event_case_id_kind", "case_id", "kind", "occurred_at", "id"),
        Index("ix_case_event_case_id_actor_id", "case_id", "actor_id", "occurred_at", "id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(Line(40))
    """Code of its `EventType`; plain text, because packages above add types, and a later release more."""
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"), index=True)
    actor_name: Mapped[str | None] = mapped_column(Line(120))
    actor_kind: Mapped[ActorKind] = mapped_column(enum_type(ActorKind))
    source: Mapped[str | None] = mapped_column(Line(40))
    """Table of the source record: the record that the event is about."""
    source_id: Mapped[int | None]
    data: Mapped[dict[str, Any] | None] = mapped_column(PlainJSON)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("case_event.id", ondelete="RESTRICT"))
    salt: Mapped[str | None] = mapped_column(Line(64), info=column_info(internal=True))
    data_hash: Mapped[str] = mapped_column(Line(64), info=column_info(internal=True))
    prev_hash: Mapped[str] = mapped_column(Line(64), info=column_info(internal=True))
    hash: Mapped[str] = mapped_column(Line(64), info=column_info(internal=True))
    seal: Mapped[str | None] = mapped_column(Line(64), info=column_info(internal=True))
    """HMAC of the hash; NULL: an event of a release without seals."""
    key_id: Mapped[str | None] = mapped_column(Line(16), info=column_info(internal=True))
    """Fingerprint of the key of the seal."""
    erased_at: Mapped[datetime | None] = mapped_column(Instant)

    case: Mapped[Case] = relationship(viewonly=True)

    @property
    def sentence(self) -> str:
        """Text of the event in the reader's language."""
        return format_event(self.kind, self.data)

    def __str__(self) -> str:
        return self.sentence


class CaseReason(Entity):
    """Reason of a transition in the user's words; apart, so that erasing it leaves the chain whole."""

    __tablename__ = "case_reason"
    __parent_keys__ = ("event_id",)

    event_id: Mapped[int] = mapped_column(ForeignKey("case_event.id", ondelete="RESTRICT"), unique=True)
    text: Mapped[str] = mapped_column(Prose, info=column_info(personal=True))
