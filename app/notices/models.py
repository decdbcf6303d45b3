"""Table of notices."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.column_info import column_info, labelled
from app.db.model import Entity
from app.db.types import Instant, Line, Prose, enum_type
from app.notices.enums import ACCOUNT_CHANGE_MESSAGES, NoticeKind, NoticeState
from app.security.enums import AccountChange


class Notice(Entity):
    """Notice for one user about one record, or about two records of one table.

    Not audited: an audit entry would tell the acting user, and every administrator, that somebody was
    notified.
    """

    __tablename__ = "notice"
    __audited__ = False
    __table_args__ = (
        Index("ix_notice_user_id", "user_id", "id"),
        Index("ix_notice_entity", "entity", "entity_id"),
        Index("ix_notice_related_id", "related_id"),
    )
    __labels__ = {"created_at": _l("Since")}

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    kind: Mapped[NoticeKind] = mapped_column(enum_type(NoticeKind))
    entity: Mapped[str] = mapped_column(Line(60))
    """Table of the record."""
    entity_id: Mapped[int]
    related_id: Mapped[int | None]
    """Id of a second record of the same table, if the notice is about two."""
    detail: Mapped[AccountChange | None] = mapped_column(enum_type(AccountChange))
    """Change that an `account_changed` notice is about."""
    read_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Read at")))
    reason: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("How it was settled"), personal=True)
    )
    """Reason of the user who settled the matter; None while it is open."""

    @property
    @labelled(_l("Notice"))
    def sentence(self) -> str:
        """Text for the user; it names nobody."""
        return str(self.kind.value if self.detail is None else ACCOUNT_CHANGE_MESSAGES[self.detail])

    @property
    @labelled(_l("State"))
    def state(self) -> NoticeState:
        """State, computed from `read_at`."""
        return NoticeState.read if self.read_at else NoticeState.unread

    def __str__(self) -> str:
        return self.sentence
