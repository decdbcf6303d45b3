"""Stored codes of notices; member names are the codes."""

import enum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.db.types import badge_tones
from app.security.enums import AccountChange


class NoticeKind(enum.Enum):
    """Reason for a notice; the label is the whole sentence and names nobody."""

    nik_to_check = _l("The NIK of a client was entered for another client, too. Check which record is right.")
    break_glass = _l(
        "A hidden case was opened in an emergency, or somebody tried to. Read who it was, and why."
    )
    account_changed = _l("An administrator changed your account.")


ACCOUNT_CHANGE_MESSAGES: dict[AccountChange, Any] = {
    AccountChange.password_reset: _l(
        "An administrator gave your account a new temporary password. If you did not ask for it, speak with"
        " your supervisor."
    ),
    AccountChange.roles_changed: _l("An administrator changed the roles of your account."),
    AccountChange.deactivated: _l("An administrator deactivated your account."),
    AccountChange.activated: _l("An administrator activated your account again."),
}
"""Sentence of an `account_changed` notice, by its `detail`."""


@badge_tones(unread="wait", read="plain")
class NoticeState(enum.Enum):
    """Whether its user has read the notice; computed from `read_at`."""

    unread = lazy_pgettext("notice", "Unread")
    read = lazy_pgettext("notice", "Read")
