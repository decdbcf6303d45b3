"""Query of users who have to wait after wrong passwords."""

from collections.abc import Sequence

from sqlalchemy import select

from app.core.clock import machine_now
from app.extensions import db
from app.security.models import PortalUser


def locked_users() -> Sequence[PortalUser]:
    """Return the active users locked for some origin, the shortest wait first."""
    query = select(PortalUser).where(PortalUser.locked_until > machine_now(), PortalUser.active.is_(True))
    return db.session.scalars(query.order_by(PortalUser.locked_until, PortalUser.id)).all()
