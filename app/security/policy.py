"""Policies of users and sessions."""

from sqlalchemy import ColumnElement, false, true

from app.core.actor import STAFF_ROLES, Actor, has_role
from app.security.models import PortalUser, UserSession


def visible_to(user: Actor) -> ColumnElement[bool]:
    """Predicate on `PortalUser`: all staff see all users, to choose colleagues in forms.

    Only administrators may open the pages of users (`roles.PERMISSION_TABLE`).
    """
    return true() if has_role(user, *STAFF_ROLES) else false()


def own_sessions(user: Actor) -> ColumnElement[bool]:
    """Predicate on `UserSession`: everybody sees and ends only their own, administrators too."""
    return UserSession.user_id == user.actor_id


def can_transition(item: PortalUser, user: Actor, transition_name: str) -> bool:
    """Forbid users to deactivate themselves."""
    return transition_name != "deactivate" or item.actor_id != user.actor_id
