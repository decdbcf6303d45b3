"""Policies of users and sessions."""

from sqlalchemy import ColumnElement

from app.core.actor import Actor
from app.db.policy import Policy, StaffPolicy
from app.security.models import PortalUser, UserSession


class PortalUserPolicy(StaffPolicy[PortalUser]):
    """All staff see all users, to choose colleagues in forms.

    Only administrators may open the pages of users (`roles.PERMISSION_TABLE`).
    """

    model = PortalUser

    @classmethod
    def can_transition(cls, account: PortalUser, user: Actor, name: str) -> bool:
        """Forbid users to deactivate themselves."""
        return name != "deactivate" or account.actor_id != user.actor_id


class UserSessionPolicy(Policy[UserSession]):
    """Everybody sees and ends only their own sessions, administrators too."""

    model = UserSession

    @classmethod
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match the user's own sessions."""
        return UserSession.user_id == user.actor_id
