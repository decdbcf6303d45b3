"""Notifying users, and what becomes of a notice."""

from sqlalchemy import exists, or_, select, update

from app.core import clock
from app.core.actor import Actor
from app.core.transitions import get_transition
from app.db.model import Entity
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.notices.transitions import NOTICE_TRANSITIONS
from app.security.enums import AccountChange
from app.security.models import PortalUser


def notify(user: PortalUser, kind: NoticeKind, record: Entity, related: Entity | None = None) -> None:
    """Give the user an unread notice about the record, unless he has the same one unread."""
    values = {
        "user_id": user.id,
        "kind": kind,
        "entity": record.__tablename__,
        "entity_id": record.id,
        "related_id": None if related is None else related.id,
    }
    if not db.session.scalar(select(exists(select(Notice.id).filter_by(**values, read_at=None)))):
        db.session.add(Notice(**values))
        db.session.flush()


def notify_account_change(user: PortalUser, *, change: AccountChange, by: Actor) -> None:
    """Give the user a notice of the change; each change is told, also when the one before is still unread."""
    about = {"entity": user.__tablename__, "entity_id": user.id}
    db.session.add(Notice(user_id=user.id, kind=NoticeKind.account_changed, detail=change, **about))
    db.session.flush()


def mark_read(notice: Notice, *, by: Actor) -> Notice:
    """Take note that the user has read it."""
    get_transition(NOTICE_TRANSITIONS, "read").check_allowed(notice)
    notice.read_at = clock.now()
    db.session.flush()
    return notice


def resolve_notices(kind: NoticeKind, record: Entity, *, reason: str | None = None) -> None:
    """Mark everybody's open notices about the record as read: what they ask for is done, for this reason."""
    about = (
        Notice.entity == record.__tablename__,
        or_(Notice.entity_id == record.id, Notice.related_id == record.id),
    )
    settled = update(Notice).where(Notice.kind == kind, Notice.reason.is_(None), *about)
    db.session.execute(settled.where(Notice.read_at.is_(None)).values(read_at=clock.now()))
    if reason is not None:
        db.session.execute(settled.values(reason=reason))
