"""Roles, and states of accounts and sessions, with labels."""

import enum

from flask_babel import lazy_pgettext

from app.db.types import badge_tones


class RoleName(enum.Enum):
    """Role; the member name is FAB's name of it."""

    Admin = lazy_pgettext("role", "Administrator")
    Peksos = lazy_pgettext("role", "Social worker")
    Supervisor = lazy_pgettext("role", "Supervisor (reads only)")


class AccountChange(enum.Enum):
    """Change of a user's access to the portal, by somebody else or on the page of users."""

    password_reset = lazy_pgettext("account", "New temporary password")
    roles_changed = lazy_pgettext("account", "Roles changed")
    deactivated = lazy_pgettext("account", "Account deactivated")
    activated = lazy_pgettext("account", "Account activated again")


@badge_tones(live="ok", ended="plain")
class SessionState(enum.Enum):
    """Whether a session is still valid; computed, not stored."""

    live = lazy_pgettext("session", "In use")
    ended = lazy_pgettext("session", "Ended")


@badge_tones(active="ok", locked="bad", inactive="plain")
class UserState(enum.Enum):
    """State of an account; computed, not stored."""

    active = lazy_pgettext("user", "Active")
    locked = lazy_pgettext("user", "Locked")
    inactive = lazy_pgettext("user", "Deactivated")
