"""Models of users, sessions and failed log-ins."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask_appbuilder.security.sqla.models import Role as Role
from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, ScalarSelect
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import machine_now
from app.core.registry import Registry
from app.db.column_info import column_info, labelled
from app.db.model import Base, Entity
from app.db.types import Instant, Line
from app.security.enums import RoleName, SessionState, UserState

SESSION_IDLE_TIMEOUT = timedelta(minutes=30)
"""After this time without a request, the user must log in again."""
SESSION_LIFETIME = timedelta(hours=12)
"""After this time since the log-in, the user must log in again, even if active."""

emergency_case_queries = Registry[Callable[[], ScalarSelect[str]]](
    "cases open by emergency access", required=True
)
"""Extension point: a scalar subquery, correlated with `PortalUser`, with the parameter `now`.

It returns the ids of the cases that are open to the user by emergency access, joined by commas.
"""


class PortalUser(User):
    """A user: FAB's row (`ab_user`) with the portal's additional columns.

    FAB's `first_name` holds the whole name, `last_name` stays empty: one-word names are normal here.
    """

    # Labels and hints of FAB's columns.
    __labels__ = {
        "first_name": _l("Full name"),
        "last_name": _l("Last name"),
        "username": _l("User name"),
        "email": _l("E-mail"),
        "password": _l("Password"),
        "active": _l("May log in"),
        "roles": _l("Roles"),
        "groups": _l("Groups"),
    }
    __hints__ = {
        "first_name": _l("As on the identity card; one name is enough."),
        "username": _l("For the log-in: small letters, digits, dot or hyphen. It stays as it is."),
    }

    must_change_password: Mapped[bool] = mapped_column(
        default=False, info=column_info(_l("Must choose a new password"), internal=True)
    )
    temporary_until: Mapped[datetime | None] = mapped_column(
        Instant, info=column_info(_l("Temporary password expires"), internal=True)
    )
    """When a temporary password expires; NULL: never (the first administrator's)."""
    locked_until: Mapped[datetime | None] = mapped_column(
        Instant, info=column_info(_l("Log-in locked until"))
    )
    """Until when too many wrong passwords lock the account for some origin; `LoginAttempt` says which."""
    language: Mapped[str | None] = mapped_column(Line(5), info=column_info(_l("Language")))
    version: Mapped[int] = mapped_column(default=1, info=column_info(internal=True))
    """Increased by services that change a user, not by a log-in: that would conflict with whoever edits the
    user."""

    temporary_password = ""
    """Set by the service that generates one, to be shown once; never stored."""
    emergency_case_ids: frozenset[int] = frozenset()
    """Read with the session, in the statement that loads the user; empty in all other rows."""
    session_token = ""
    """Token of the user's session: the session cookie holds it instead of an id."""

    @property
    def actor_id(self) -> int:
        """User id, as change stamps, case events and audit entries store it."""
        return int(self.id)

    @property
    def full_name(self) -> str:
        """The whole name, which FAB's `first_name` holds."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def role_names(self) -> frozenset[str]:
        """Names of the roles held; the statement that loads the session loads them too."""
        return frozenset(role.name for role in self.roles)

    @property
    @labelled(_l("Roles"))
    def role_labels(self) -> str:
        """Labels of the roles, sorted and joined by commas."""
        return ", ".join(sorted(str(RoleName[name].value) for name in self.role_names))

    @property
    @labelled(_l("Account"))
    def state(self) -> UserState:
        """State of the account."""
        if not self.active:
            return UserState.inactive
        is_locked = self.locked_until is not None and self.locked_until > machine_now()
        return UserState.locked if is_locked else UserState.active

    @property
    @labelled(_l("Last log-in"))
    def last_login_at(self) -> datetime | None:
        """Last log-in; FAB's column has no offset, the portal stores UTC in it."""
        return self.last_login.replace(tzinfo=UTC) if self.last_login else None

    def get_id(self) -> str:
        """Return the session token: Flask-Login stores the result in its cookie."""
        return self.session_token

    def get_full_name(self) -> str:
        """Return the whole name, under the name by which FAB asks for it."""
        return self.full_name

    def __repr__(self) -> str:
        return self.full_name


# FAB's column; marked as personal, so that the audit book records that it changed but never its value.
PortalUser.__table__.c.password.info.update(column_info(personal=True, internal=True))


class UserSession(Entity):
    """A log-in on one device, until it is ended or expires. All times are by the machine's clock."""

    __tablename__ = "user_session"
    __table_args__ = (
        Index("ix_user_session_user_id", "user_id", "id"),
        Index("ix_user_session_device_hash", "device_hash", "user_id"),
        Index("ix_user_session_last_seen_at", "last_seen_at"),
    )
    __labels__ = {"created_at": _l("Logged in")}

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    token_hash: Mapped[str] = mapped_column(
        Line(64), unique=True, info=column_info(personal=True, internal=True)
    )
    """SHA-256 of the token in the cookie: reading the table does not open a session."""
    last_seen_at: Mapped[datetime] = mapped_column(Instant, info=column_info(_l("Last used")))
    """Updated about once a minute while the session is used."""
    ended_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Ended")))
    """Set by log-out, a new password, deactivation of the account, or on the page of sessions."""
    device: Mapped[str] = mapped_column(Line(120), info=column_info(_l("Device")))
    """Browser and system from the User-Agent, by which the user recognises the device."""
    device_hash: Mapped[str] = mapped_column(Line(64), info=column_info(personal=True, internal=True))
    """SHA-256 of the token that the device keeps from one log-in to the next."""

    @property
    @labelled(_l("State"))
    def state(self) -> SessionState:
        """Whether the session is still valid."""
        return SessionState.ended if self.ended_at or self.is_expired else SessionState.live

    @property
    def is_expired(self) -> bool:
        """Whether the user must log in again because of time; a form sent then is kept as a draft."""
        now = machine_now()
        return now - self.last_seen_at > SESSION_IDLE_TIMEOUT or now - self.created_at > SESSION_LIFETIME


class LoginAttempt(Base):
    """Count of wrong passwords for one user name and origin, kept until a day after the last one."""

    __tablename__ = "login_attempt"

    key: Mapped[str] = mapped_column(Line(64), primary_key=True)
    """SHA-256 of the user name, which may be unknown, and the origin."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"), index=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime | None]
