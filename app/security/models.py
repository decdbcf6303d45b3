"""The people who use the portal."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask_appbuilder.security.sqla.models import Role as Role
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ForeignKey, Index, ScalarSelect
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import machine_now
from app.core.registry import Registry
from app.db.model import Base, Entity
from app.db.types import Instant, Line, personal_info
from app.security.enums import RoleName, SessionState, UserState

SESSION_IDLE_TIMEOUT = timedelta(minutes=30)
"""Without a request for so long, the user is asked to log in again."""
SESSION_LIFETIME = timedelta(hours=12)
"""Nobody stays logged in for longer, however busy."""

emergency_case_queries = Registry[Callable[[], ScalarSelect[str]]](
    "cases open by emergency access", required=True
)
"""Extension point: the scalar subquery, correlated with `PortalUser`, that gives the ids of the cases which
stand open to the user by emergency access, joined by commas; it takes the parameter `now`."""


class PortalUser(User):
    """A user: FAB's row (`ab_user`) and what the portal keeps beside it.

    FAB's `first_name` holds the whole name, `last_name` stays empty: one-word names are normal here.
    """

    must_change_password: Mapped[bool] = mapped_column(default=False)
    temporary_until: Mapped[datetime | None] = mapped_column(Instant)
    """Until when a temporary password opens the account; NULL: for ever (the first administrator's)."""
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    """Until when too many wrong passwords lock the account somewhere; `LoginAttempt` says where."""
    language: Mapped[str | None] = mapped_column(Line(5))
    version: Mapped[int] = mapped_column(default=1)
    """Counted by the verbs that change a user, not by a log-in: that would disturb whoever edits him."""

    temporary_password = ""
    """Set by the service that makes one, to be told once; never stored."""
    emergency_case_ids: frozenset[int] = frozenset()
    """Read with the session, in the statement that loads the user; empty for everybody else."""
    session_token = ""
    """Set at log-in: what the session's cookie holds instead of an id."""

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
    def role_labels(self) -> str:
        """The roles in words."""
        return ", ".join(sorted(str(RoleName[name].value) for name in self.role_names))

    @property
    def state(self) -> UserState:
        """How the account stands."""
        if not self.active:
            return UserState.inactive
        locked = self.locked_until is not None and self.locked_until > machine_now()
        return UserState.locked if locked else UserState.active

    @property
    def last_login_at(self) -> datetime | None:
        """The last log-in; FAB's column keeps no offset, we keep UTC in it."""
        return self.last_login.replace(tzinfo=UTC) if self.last_login else None

    def get_id(self) -> str:
        """Answer with the session's token where Flask-Login asks for what its cookie should hold."""
        return self.session_token

    def get_full_name(self) -> str:
        """Answer by the one name where FAB asks."""
        return self.full_name

    def __repr__(self) -> str:
        return self.full_name


# The audit says that it changed, never what it is; it comes with FAB's table.
PortalUser.__table__.c.password.info.update(personal_info())


class UserSession(Entity):
    """A log-in on one device, until it is ended or has run out. All instants are the machine's."""

    __tablename__ = "user_session"
    __table_args__ = (
        Index("ix_user_session_user_id", "user_id", "id"),
        Index("ix_user_session_device_hash", "device_hash", "user_id"),
        Index("ix_user_session_last_seen_at", "last_seen_at"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    token_hash: Mapped[str] = mapped_column(Line(64), unique=True, info=personal_info())
    """sha256 of the token in the cookie: who reads the table opens nothing with it."""
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    """Brought up to date about once a minute while the session is used."""
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    """Ended by log-out, by a new password, with the account, or from the page of sessions."""
    device: Mapped[str] = mapped_column(Line(120))
    """Browser and system, as the browser says: for the user to recognise."""
    device_hash: Mapped[str] = mapped_column(Line(64), info=personal_info())
    """sha256 of the token that the device keeps from one log-in to the next."""

    @property
    def state(self) -> SessionState:
        """Whether it still opens the portal."""
        return SessionState.ended if self.ended_at or self.is_expired else SessionState.live

    @property
    def is_expired(self) -> bool:
        """Whether its user must log in again because of the time; what was typed is kept then."""
        now = machine_now()
        return now - self.last_seen_at > SESSION_IDLE_TIMEOUT or now - self.created_at > SESSION_LIFETIME


class LoginAttempt(Base):
    """Wrong passwords for one user name from one device or network, until a day after the last of them."""

    __tablename__ = "login_attempt"

    key: Mapped[str] = mapped_column(Line(64), primary_key=True)
    """sha256 of the name, real or invented, and the place."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"), index=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime | None]
