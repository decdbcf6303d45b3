"""The audit book: which column changed, who looked, who was refused."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit.enums import EVIDENCE_ACTIONS, Action
from app.db.model import Base
from app.db.types import Line, PlainJSON, enum_type
from app.security.models import PortalUser


class AuditEntry(Base):
    """One line of the book, chained to the line before; the database refuses to change it."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("prev_hash"),
        Index("ix_audit_entry_record", "entity", "entity_id", "id"),
        Index("ix_audit_entry_actor", "actor_id", "id"),
        Index("ix_audit_entry_actor_at", "actor_id", "at", "id"),
        Index("ix_audit_entry_action", "action", "at", "id"),
        Index("ix_audit_entry_at", "at", "id"),
        {"info": {"append_only": True, "never_erased": {"action": [one.name for one in EVIDENCE_ACTIONS]}}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    actor_name: Mapped[str | None] = mapped_column(Line(160))
    """None: nobody was logged in."""
    action: Mapped[Action] = mapped_column(enum_type(Action))
    entity: Mapped[str] = mapped_column(Line(60))
    """The table."""
    entity_id: Mapped[int | None]
    changes: Mapped[dict[str, Any] | None] = mapped_column(PlainJSON)
    """Column -> [old, new], or a dot where the values are not told; relation -> [removed ids, added ids]."""
    salt: Mapped[str | None] = mapped_column(Line(32))
    changes_hash: Mapped[str] = mapped_column(Line(64))
    prev_hash: Mapped[str] = mapped_column(Line(64))
    hash: Mapped[str] = mapped_column(Line(64))
    seal: Mapped[str | None] = mapped_column(Line(64))
    """HMAC of the hash; NULL: a line of a release without seals."""
    key_id: Mapped[str | None] = mapped_column(Line(16))
    """Fingerprint of the key."""
    erased_at: Mapped[datetime | None]
    ip: Mapped[str | None] = mapped_column(Line(45))

    actor: Mapped[PortalUser | None] = relationship(viewonly=True)

    @property
    def changed(self) -> list[str]:
        """The names of what changed."""
        return list(self.changes or ())
