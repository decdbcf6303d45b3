"""Who may see and change which user."""

from sqlalchemy import ColumnElement, false, true

from app.core.actor import STAFF_ROLES, Actor, has_role
from app.security.models import PortalUser, UserSession


def visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff choose colleagues in forms; the pages of users are the administrator's (`roles.RIGHTS`)."""
    return true() if has_role(user, *STAFF_ROLES) else false()


def own_sessions(user: Actor) -> ColumnElement[bool]:
    """Everybody sees and ends his own sessions; the administrator, too, no others."""
    return UserSession.user_id == user.actor_id


def can_transition(item: PortalUser, user: Actor, transition_name: str) -> bool:
    """Nobody deactivates himself."""
    return transition_name != "deactivate" or item.actor_id != user.actor_id
