"""Transitions of shifts and hand-overs."""

from flask_babel import lazy_gettext as _l

from app.core.transitions import Transition

CALL_FIELD_NAMES = (
    "description",
    "urgency",
    "channel",
    "location",
    "kelurahan",
    "reporter_name",
    "reporter_role",
    "reporter_phone",
    "reporter_safe_to_contact",
    "client",
    "name",
    "alias",
    "sex",
    "nik",
    "kind",
    "narrative",
    "place",
)
"""Fields of the call form, in the order of a call: the report, the client, the service given."""

SHIFT_TRANSITIONS = (
    Transition(
        "take_call",
        _l("Write down a call and what you did"),
        sources=("planned",),
        fields=CALL_FIELD_NAMES,
        required=("description", "kind", "narrative"),
        tone="primary",
    ),
    Transition(
        "swap",
        _l("Give to a colleague"),
        sources=("planned",),
        fields=("worker", "reason"),
        required=("worker", "reason"),
    ),
    Transition(
        "cancel",
        _l("Cancel this shift"),
        sources=("planned",),
        target="cancelled",
        fields=("reason",),
        required=("reason",),
        tone="danger",
    ),
)

HANDOVER_TRANSITIONS = (
    Transition(
        "acknowledge",
        _l("Take over"),
        sources=("sent",),
        target="acknowledged",
        confirm=_l("From now on what stands on this sheet is yours. Have you read it?"),
        tone="primary",
    ),
)
