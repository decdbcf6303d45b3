"""The moves of a user: nobody is deleted, his name stands in the books."""

from flask_babel import lazy_gettext as _l

from app.core.moves import Move

USER_MOVES = (
    Move(
        "unlock",
        _l("Unlock"),
        sources=("locked",),
        target="active",
        tone="primary",
    ),
    Move(
        "reset_password",
        _l("Give a new password"),
        sources=("active", "locked"),
        confirm=_l("The old password stops working at once. Give this person a new temporary password?"),
    ),
    Move(
        "deactivate",
        _l("Deactivate"),
        sources=("active", "locked"),
        target="inactive",
        confirm=_l("This person will no longer be able to log in. Deactivate the account?"),
        tone="danger",
    ),
    Move("activate", _l("Activate"), sources=("inactive",), target="active"),
)
