"""Enums of standby: the member name is the stored code, the value is its label."""

import enum

from flask_babel import lazy_pgettext

from app.db.types import badge_tones


@badge_tones(planned="info", cancelled="plain")
class ShiftState(enum.Enum):
    """State of a shift; a cancelled shift covers no hours."""

    planned = lazy_pgettext("shift", "Planned")
    cancelled = lazy_pgettext("shift", "Cancelled")


@badge_tones(sent="wait", acknowledged="ok")
class HandoverState(enum.Enum):
    """Whether somebody has acknowledged the hand-over."""

    sent = lazy_pgettext("handover", "Sent")
    acknowledged = lazy_pgettext("handover", "Acknowledged")


class ShiftPattern(enum.Enum):
    """How the planning form repeats its first shift."""

    once = lazy_pgettext("pattern of shifts", "Only once")
    in_turn = lazy_pgettext("pattern of shifts", "One after the other, without a gap")
    daily = lazy_pgettext("pattern of shifts", "Every day at the same time")
    weekly = lazy_pgettext("pattern of shifts", "Every week on the same day")
