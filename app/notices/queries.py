"""Query of a user's notices."""

from collections.abc import Sequence

from sqlalchemy import select

from app.core.actor import Actor
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.notices.policy import NoticePolicy


def list_unread_notices(user: Actor, limit: int) -> Sequence[Notice]:
    """Return at most `limit` unread notices of the user: emergency access first, then the newest."""
    query = select(Notice).where(NoticePolicy.visible_to(user), Notice.read_at.is_(None))
    query = query.order_by(Notice.kind != NoticeKind.break_glass, Notice.id.desc()).limit(limit)
    return db.session.scalars(query).all()
