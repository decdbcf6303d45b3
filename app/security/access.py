"""Who may see and change which user."""

from sqlalchemy import ColumnElement, false, true

from app.core.actor import STAFF, Actor, has_role
from app.security.models import PortalUser


def visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff choose colleagues in forms; the pages of users are the administrator's (`roles.RIGHTS`)."""
    return true() if has_role(user, *STAFF) else false()


def may_move(item: PortalUser, user: Actor, move_name: str) -> bool:
    """Nobody deactivates himself."""
    return move_name != "deactivate" or item.actor_id != user.actor_id
