"""Kinds, states and transitions of aid, and the sentences of its case events."""

import enum

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.aid.event_types import AID_CANCELLED, AID_HANDED_OVER
from app.core.transitions import Transition
from app.db.types import badge_tones


class AidKind(enum.Enum):
    """Money or a thing."""

    cash = lazy_pgettext("aid", "Cash")
    goods = lazy_pgettext("aid", "Goods")


@badge_tones(planned="wait", handed_over="ok", cancelled="plain")
class AidState(enum.Enum):
    """Whether the client has received the aid."""

    planned = lazy_pgettext("aid state", "Planned")
    handed_over = lazy_pgettext("aid state", "Handed over")
    cancelled = lazy_pgettext("aid state", "Cancelled")


AID_TRANSITIONS = (
    Transition(
        "hand_over",
        _l("Hand over"),
        sources=("planned",),
        target="handed_over",
        fields=("handed_over_at", "received_by", "evidence"),
        required=("received_by",),
        event=AID_HANDED_OVER,
        tone="primary",
    ),
    Transition(
        "prove",
        _l("Attach the evidence"),
        sources=("handed_over",),
        fields=("evidence",),
        required=("evidence",),
    ),
    Transition(
        "cancel",
        _l("Cancel this aid"),
        sources=("planned",),
        target="cancelled",
        fields=("reason",),
        required=("reason",),
        event=AID_CANCELLED,
        tone="danger",
    ),
)
