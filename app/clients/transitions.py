"""Transitions of clients, households and consents."""

from flask_babel import lazy_gettext as _l

from app.core.transitions import Transition

CLIENT_TRANSITIONS = (
    Transition(
        "archive",
        _l("Archive"),
        sources=("active",),
        target="archived",
        confirm=_l("Archive this client? The record stays readable and can be restored."),
        tone="danger",
    ),
    Transition("restore", _l("Restore"), sources=("archived",), target="active"),
    Transition(
        "clear_nik",
        _l("Remove this NIK"),
        sources=("active",),
        fields=("reason",),
        required=("reason",),
    ),
    Transition(
        "archive_duplicate",
        _l("Archive as the same person"),
        sources=("active",),
        target="archived",
        fields=("reason",),
        required=("reason",),
        tone="danger",
    ),
)

HOUSEHOLD_TRANSITIONS = (
    Transition(
        "archive",
        _l("Archive"),
        sources=("active",),
        target="archived",
        confirm=_l("Archive this household? The record stays readable and can be restored."),
        tone="danger",
    ),
    Transition("restore", _l("Restore"), sources=("archived",), target="active"),
)

CONSENT_TRANSITIONS = (
    Transition(
        "withdraw",
        _l("Withdraw consent"),
        sources=("in_force",),
        target="withdrawn",
        fields=("reason",),
        required=("reason",),
        tone="danger",
    ),
)
