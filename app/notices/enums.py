"""Stored codes of notices; member names are the codes."""

import enum

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.core.types import toned


class NoticeKind(enum.Enum):
    """Why somebody is told; the label is the whole sentence and names nobody."""

    nik_to_check = _l("The NIK of a client was entered for another client, too. Check which record is right.")
    break_glass = _l(
        "A hidden case was opened in an emergency, or somebody tried to. Read who it was, and why."
    )


@toned(unread="wait", read="plain")
class NoticeState(enum.Enum):
    """Whether its user has read it; computed from `read_at`."""

    unread = lazy_pgettext("notice", "Unread")
    read = lazy_pgettext("notice", "Read")
