"""Services that create, read and settle notices."""

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
    """Create an unread notice about the record, unless the user has the same one unread."""
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
    """Create a notice of the change, even if the one before is unread: each change is reported."""
    record_values = {"entity": user.__tablename__, "entity_id": user.id}
    db.session.add(Notice(user_id=user.id, kind=NoticeKind.account_changed, detail=change, **record_values))
    db.session.flush()


def mark_read(notice: Notice, *, by: Actor) -> Notice:
    """Mark the notice as read now, as its user asks."""
    get_transition(NOTICE_TRANSITIONS, "read").check_allowed(notice)
    notice.read_at = clock.now()
    db.session.flush()
    return notice


def resolve_notices(kind: NoticeKind, record: Entity, *, reason: str | None = None) -> None:
    """Settle all users' open notices about the record: what they ask for is done.

    Unread ones are marked as read; `reason`, if given, is stored in all of them.
    """
    conditions = (
        Notice.entity == record.__tablename__,
        or_(Notice.entity_id == record.id, Notice.related_id == record.id),
    )
    statement = update(Notice).where(Notice.kind == kind, Notice.reason.is_(None), *conditions)
    db.session.execute(statement.where(Notice.read_at.is_(None)).values(read_at=clock.now()))
    if reason is not None:
        db.session.execute(statement.values(reason=reason))
