"""What may happen to a notice."""

from flask_babel import lazy_gettext as _l

from app.core.moves import Move

NOTICE_TRANSITIONS = (Move("read", _l("Mark as read"), sources=("unread",), target="read", tone="primary"),)
