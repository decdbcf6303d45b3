"""The moves of a shift and of a hand-over."""

from flask_babel import lazy_gettext as _l

from app.core.moves import Move
from app.standby.choices import HandoverState as HandoverState
from app.standby.choices import ShiftState as ShiftState

CALL = (
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
"""What a call asks, in the order in which it is told: the report, the person, what was done."""

SHIFT_MOVES = (
    Move(
        "take_call",
        _l("Write down a call and what you did"),
        sources=("planned",),
        asks=CALL,
        needs=("description", "kind", "narrative"),
        tone="primary",
    ),
    Move(
        "swap",
        _l("Give to a colleague"),
        sources=("planned",),
        asks=("worker", "reason"),
        needs=("worker", "reason"),
    ),
    Move(
        "cancel",
        _l("Cancel this shift"),
        sources=("planned",),
        target="cancelled",
        asks=("reason",),
        needs=("reason",),
        tone="danger",
    ),
)

HANDOVER_MOVES = (
    Move(
        "acknowledge",
        _l("Take over"),
        sources=("sent",),
        target="acknowledged",
        confirm=_l("From now on what stands on this sheet is yours. Have you read it?"),
        tone="primary",
    ),
)
