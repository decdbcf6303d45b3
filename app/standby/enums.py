"""The words of standby: stored code = member name, label = value."""

import enum

from flask_babel import lazy_pgettext

from app.db.types import badge_tones


@badge_tones(planned="info", cancelled="plain")
class ShiftState(enum.Enum):
    """Whether a shift counts."""

    planned = lazy_pgettext("shift", "Planned")
    cancelled = lazy_pgettext("shift", "Cancelled")


@badge_tones(sent="wait", acknowledged="ok")
class HandoverState(enum.Enum):
    """Whether the next one has read what was handed over."""

    sent = lazy_pgettext("handover", "Sent")
    acknowledged = lazy_pgettext("handover", "Acknowledged")


class ShiftPattern(enum.Enum):
    """How the first shift of a form is repeated."""

    once = lazy_pgettext("pattern of shifts", "Only once")
    in_turn = lazy_pgettext("pattern of shifts", "One after the other, without a gap")
    daily = lazy_pgettext("pattern of shifts", "Every day at the same time")
    weekly = lazy_pgettext("pattern of shifts", "Every week on the same day")
