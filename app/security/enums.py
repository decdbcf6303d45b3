"""Roles and states of a user, as people read them."""

import enum

from flask_babel import lazy_pgettext

from app.db.types import badge_tones


class RoleName(enum.Enum):
    """A role; the code is FAB's name of it."""

    Admin = lazy_pgettext("role", "Administrator")
    Peksos = lazy_pgettext("role", "Social worker")
    Supervisor = lazy_pgettext("role", "Supervisor (reads only)")


class AccountChange(enum.Enum):
    """What was changed about a user's access to the portal, by somebody else or from the page of users."""

    password_reset = lazy_pgettext("account", "New temporary password")
    roles_changed = lazy_pgettext("account", "Roles changed")
    deactivated = lazy_pgettext("account", "Account deactivated")
    activated = lazy_pgettext("account", "Account activated again")


@badge_tones(live="ok", ended="plain")
class SessionState(enum.Enum):
    """Whether a session still opens the portal; computed, not stored."""

    live = lazy_pgettext("session", "In use")
    ended = lazy_pgettext("session", "Ended")


@badge_tones(active="ok", locked="bad", inactive="plain")
class UserState(enum.Enum):
    """How an account stands; computed, not stored."""

    active = lazy_pgettext("user", "Active")
    locked = lazy_pgettext("user", "Locked")
    inactive = lazy_pgettext("user", "Deactivated")
