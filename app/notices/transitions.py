"""Transition of a notice."""

from flask_babel import lazy_gettext as _l

from app.core.transitions import Transition

NOTICE_TRANSITIONS = (
    Transition("read", _l("Mark as read"), sources=("unread",), target="read", tone="primary"),
)
