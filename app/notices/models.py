"""The table of notices."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Entity
from app.core.types import Instant, Line, Prose, choice, personal
from app.notices.enums import ACCOUNT_SENTENCES, NoticeKind, NoticeState
from app.security.choices import AccountChange


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
    kind: Mapped[NoticeKind] = mapped_column(choice(NoticeKind))
    entity: Mapped[str] = mapped_column(Line(60))
    """Name of the table of the record."""
    entity_id: Mapped[int]
    related_id: Mapped[int | None]
    """Id of a second record of the same table, where the notice is about two."""
    detail: Mapped[AccountChange | None] = mapped_column(choice(AccountChange))
    """Which change a notice of kind `account_changed` is about."""
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Prose, info=personal())
    """Why somebody settled it as he did; None while it is open."""

    @property
    def sentence(self) -> str:
        """What the user reads: it names nobody."""
        return str(self.kind.value if self.detail is None else ACCOUNT_SENTENCES[self.detail])

    @property
    def state(self) -> NoticeState:
        """Whether it was read."""
        return NoticeState.read if self.read_at else NoticeState.unread

    def __str__(self) -> str:
        return self.sentence
