"""Table of the audit book."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit.enums import EVIDENCE_ACTIONS, Action
from app.db.column_info import column_info, labelled
from app.db.model import Base
from app.db.types import Line, PlainJSON, enum_type
from app.security.models import PortalUser


class AuditEntry(Base):
    """One entry, hash-chained to the one before it.

    The database refuses to change or delete it, except for an erasure required by law.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("prev_hash"),
        Index("ix_audit_entry_record", "entity", "entity_id", "id"),
        Index("ix_audit_entry_actor", "actor_id", "id"),
        Index("ix_audit_entry_actor_at", "actor_id", "at", "id"),
        Index("ix_audit_entry_action", "action", "at", "id"),
        Index("ix_audit_entry_at", "at", "id"),
        {
            "info": {
                "append_only": True,
                "never_erased": {"action": [member.name for member in EVIDENCE_ACTIONS]},
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(info=column_info(_l("Time")))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    actor_name: Mapped[str | None] = mapped_column(Line(160), info=column_info(_l("Who")))
    """None if nobody was logged in."""
    action: Mapped[Action] = mapped_column(enum_type(Action), info=column_info(_l("What was done")))
    entity: Mapped[str] = mapped_column(Line(60), info=column_info(_l("Kind of record")))
    """Table of the record; of a page or search over several tables, a code of `admin.access_log`."""
    entity_id: Mapped[int | None] = mapped_column(info=column_info(_l("Record no.")))
    changes: Mapped[dict[str, Any] | None] = mapped_column(PlainJSON, info=column_info(_l("Changes")))
    """Column -> [old, new], or a bullet where the values are not recorded; relation -> [removed ids, added
    ids]. For an access: its details."""
    salt: Mapped[str | None] = mapped_column(Line(32), info=column_info(internal=True))
    changes_hash: Mapped[str] = mapped_column(Line(64), info=column_info(internal=True))
    prev_hash: Mapped[str] = mapped_column(Line(64), info=column_info(internal=True))
    hash: Mapped[str] = mapped_column(Line(64), info=column_info(internal=True))
    seal: Mapped[str | None] = mapped_column(Line(64), info=column_info(internal=True))
    """HMAC of `hash`; NULL for an entry of a release without seals."""
    key_id: Mapped[str | None] = mapped_column(Line(16), info=column_info(internal=True))
    """Fingerprint of the key that made `seal`."""
    erased_at: Mapped[datetime | None] = mapped_column(info=column_info(_l("Erased at")))
    ip: Mapped[str | None] = mapped_column(Line(45), info=column_info(_l("Address of the device")))

    actor: Mapped[PortalUser | None] = relationship(viewonly=True, info=column_info(_l("Who")))

    @property
    @labelled(_l("Changes"))
    def changed(self) -> list[str]:
        """Names of the changed columns and relations."""
        return list(self.changes or ())
