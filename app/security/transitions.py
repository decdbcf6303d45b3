"""Transitions of users and sessions.

No user is ever deleted: the name stays in case events and audit entries.
"""

from flask_babel import lazy_gettext as _l

from app.core.transitions import Transition

SESSION_TRANSITIONS = (
    Transition(
        "end",
        _l("End session"),
        sources=("live",),
        target="ended",
        confirm=_l("Whoever works in this session has to log in again. End it?"),
        tone="danger",
    ),
)

USER_TRANSITIONS = (
    Transition(
        "unlock",
        _l("Unlock"),
        sources=("locked",),
        target="active",
        tone="primary",
    ),
    Transition(
        "reset_password",
        _l("Give a new password"),
        sources=("active", "locked"),
        confirm=_l("The old password stops working at once. Give this person a new temporary password?"),
    ),
    Transition(
        "deactivate",
        _l("Deactivate"),
        sources=("active", "locked"),
        target="inactive",
        confirm=_l("This person will no longer be able to log in. Deactivate the account?"),
        tone="danger",
    ),
    Transition("activate", _l("Activate"), sources=("inactive",), target="active"),
)
