"""What may happen to a client's or household's record and to a consent."""

from flask_babel import lazy_gettext as _l

from app.core.moves import Move

CLIENT_MOVES = (
    Move(
        "archive",
        _l("Archive"),
        sources=("active",),
        target="archived",
        confirm=_l("Archive this client? The record stays readable and can be restored."),
        tone="danger",
    ),
    Move("restore", _l("Restore"), sources=("archived",), target="active"),
    Move(
        "clear_nik",
        _l("Remove this NIK"),
        sources=("active",),
        asks=("reason",),
        needs=("reason",),
    ),
    Move(
        "archive_duplicate",
        _l("Archive as the same person"),
        sources=("active",),
        target="archived",
        asks=("reason",),
        needs=("reason",),
        tone="danger",
    ),
)

HOUSEHOLD_MOVES = (
    Move(
        "archive",
        _l("Archive"),
        sources=("active",),
        target="archived",
        confirm=_l("Archive this household? The record stays readable and can be restored."),
        tone="danger",
    ),
    Move("restore", _l("Restore"), sources=("archived",), target="active"),
)

CONSENT_MOVES = (
    Move(
        "withdraw",
        _l("Withdraw consent"),
        sources=("in_force",),
        target="withdrawn",
        asks=("reason",),
        needs=("reason",),
        tone="danger",
    ),
)
