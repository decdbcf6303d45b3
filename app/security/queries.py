"""Who waits in front of a locked door."""

from collections.abc import Sequence

from sqlalchemy import select

from app.extensions import db
from app.security.models import PortalUser


def locked_users() -> Sequence[PortalUser]:
    """Give the users whom wrong passwords have locked out, the longest first."""
    query = select(PortalUser).where(PortalUser.locked_at.is_not(None), PortalUser.active.is_(True))
    return db.session.scalars(query.order_by(PortalUser.locked_at, PortalUser.id)).all()
