"""The people who use the portal."""

import secrets
from datetime import UTC, datetime

from flask_appbuilder.security.sqla.models import Role as Role
from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Mapped, mapped_column

from app.core.types import Instant, Line, personal
from app.security.choices import RoleName, UserState


def new_stamp() -> str:
    """Make a fresh session stamp: whatever was logged in with the old one is logged out."""
    return secrets.token_hex(16)


class PortalUser(User):
    """A user: FAB's row (`ab_user`) and what the portal keeps beside it.

    FAB's `first_name` holds the whole name, `last_name` stays empty: one-word names are normal here.
    """

    must_change_password: Mapped[bool] = mapped_column(default=False)
    locked_at: Mapped[datetime | None] = mapped_column(Instant)
    """When too many wrong passwords locked the account; an administrator unlocks it."""
    session_stamp: Mapped[str] = mapped_column(Line(32), default=new_stamp)
    """Every session carries it; a new one (password changed, user deactivated) ends them all."""
    language: Mapped[str | None] = mapped_column(Line(5))
    version: Mapped[int] = mapped_column(default=1)
    """Counted by the verbs that change a user, not by a log-in: that would disturb whoever edits him."""

    temporary_password = ""
    """Set by the verb that makes one, to be told once; never stored."""

    @property
    def actor_id(self) -> int:
        """The user's id, as stamps, events and audit rows keep it."""
        return int(self.id)

    @property
    def full_name(self) -> str:
        """The one name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def role_names(self) -> frozenset[str]:
        """Names of the roles held; the log-in loads them with the user."""
        return frozenset(role.name for role in self.roles)

    @property
    def roles_shown(self) -> str:
        """The roles in words."""
        return ", ".join(sorted(str(RoleName[name].value) for name in self.role_names))

    @property
    def state(self) -> UserState:
        """How the account stands."""
        if not self.active:
            return UserState.inactive
        return UserState.locked if self.locked_at else UserState.active

    @property
    def last_seen(self) -> datetime | None:
        """The last log-in; FAB's column keeps no offset, we keep UTC in it."""
        return self.last_login.replace(tzinfo=UTC) if self.last_login else None

    def get_full_name(self) -> str:
        """Answer by the one name where FAB asks."""
        return self.full_name

    def __repr__(self) -> str:
        return self.full_name


# The audit says that these changed, never what they are; they come with FAB's table.
for _column in (PortalUser.__table__.c.password, PortalUser.__table__.c.session_stamp):
    _column.info.update(personal())
