"""The table of notices."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.model import Entity
from app.db.types import Instant, Line, Prose, enum_type, personal_info
from app.notices.enums import ACCOUNT_CHANGE_MESSAGES, NoticeKind, NoticeState
from app.security.enums import AccountChange


class Notice(Entity):
    """One user's notice about one record, or two records of one table.

    Not audited: the book of who acted would tell him, and every administrator, that somebody was notified.
    """

    __tablename__ = "notice"
    __audited__ = False
    __table_args__ = (
        Index("ix_notice_user_id", "user_id", "id"),
        Index("ix_notice_entity", "entity", "entity_id"),
        Index("ix_notice_related_id", "related_id"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    kind: Mapped[NoticeKind] = mapped_column(enum_type(NoticeKind))
    entity: Mapped[str] = mapped_column(Line(60))
    """Name of the table of the record."""
    entity_id: Mapped[int]
    related_id: Mapped[int | None]
    """Id of a second record of the same table, where the notice is about two."""
    detail: Mapped[AccountChange | None] = mapped_column(enum_type(AccountChange))
    """Which change a notice of kind `account_changed` is about."""
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Prose, info=personal_info())
    """Why somebody settled it as he did; None while it is open."""

    @property
    def sentence(self) -> str:
        """What the user reads: it names nobody."""
        return str(self.kind.value if self.detail is None else ACCOUNT_CHANGE_MESSAGES[self.detail])

    @property
    def state(self) -> NoticeState:
        """Whether it was read."""
        return NoticeState.read if self.read_at else NoticeState.unread

    def __str__(self) -> str:
        return self.sentence
