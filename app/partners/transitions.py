"""Transitions of a partner: verify, archive, restore."""

from flask_babel import lazy_gettext as _l

from app.core.transitions import Transition

PARTNER_TRANSITIONS = (
    Transition(
        "verify",
        _l("Mark as verified today"),
        sources=("active",),
        confirm=_l("Have you checked today that phone, contacts and services of this partner are right?"),
        tone="primary",
    ),
    Transition(
        "archive",
        _l("Archive"),
        sources=("active",),
        target="archived",
        confirm=_l(
            "Archive this partner? The links to its referrals close at once and stay closed."
            " The record stays readable and can be restored."
        ),
        tone="danger",
    ),
    Transition("restore", _l("Restore"), sources=("archived",), target="active"),
)
