"""Aid from the plan to the handover, and what a case's timeline tells of it."""

import enum

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.cases.states import SENTENCES, WORDS, EventKind
from app.core.moves import Move
from app.core.types import toned


class AidKind(enum.Enum):
    """Money into the hand, or a thing."""

    cash = lazy_pgettext("aid", "Cash")
    goods = lazy_pgettext("aid", "Goods")


@toned(planned="wait", handed_over="ok", cancelled="plain")
class AidState(enum.Enum):
    """Whether the client has it."""

    planned = lazy_pgettext("aid state", "Planned")
    handed_over = lazy_pgettext("aid state", "Handed over")
    cancelled = lazy_pgettext("aid state", "Cancelled")


AID_MOVES = (
    Move(
        "hand_over",
        _l("Hand over"),
        sources=("planned",),
        target="handed_over",
        asks=("handed_over_at", "received_by", "evidence"),
        needs=("received_by",),
        event="aid_handed_over",
        tone="primary",
    ),
    Move(
        "prove", _l("Attach the evidence"), sources=("handed_over",), asks=("evidence",), needs=("evidence",)
    ),
    Move(
        "cancel",
        _l("Cancel this aid"),
        sources=("planned",),
        target="cancelled",
        asks=("reason",),
        needs=("reason",),
        event="aid_cancelled",
        tone="danger",
    ),
)

WORDS["aid"] = AidKind
SENTENCES.update(
    {
        EventKind.aid_planned: _l("Aid was planned: %(item)s."),
        EventKind.aid_handed_over: _l("Aid was handed over: %(item)s (%(number)s)."),
        EventKind.aid_cancelled: _l("Aid was cancelled: %(item)s."),
    }
)
