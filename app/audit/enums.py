"""Action codes of the audit book, and groups of them."""

import enum

from flask_babel import lazy_pgettext


class Action(enum.Enum):
    """What the actor did; the member name is the stored code."""

    create = lazy_pgettext("action", "Created")
    update = lazy_pgettext("action", "Changed")
    delete = lazy_pgettext("action", "Deleted")
    view = lazy_pgettext("action", "Viewed")
    search = lazy_pgettext("action", "Searched or listed")
    export = lazy_pgettext("action", "Exported")
    print = lazy_pgettext("action", "Printed")
    login = lazy_pgettext("action", "Logged in")
    login_failed = lazy_pgettext("action", "Failed to log in")
    logout = lazy_pgettext("action", "Logged out")
    denied = lazy_pgettext("action", "Refused")
    case_events = lazy_pgettext("action", "Case events recorded")
    sealed = lazy_pgettext("action", "Books sealed")
    restored = lazy_pgettext("action", "Backup restored")
    erased = lazy_pgettext("action", "Content erased")
    clock_confirmed = lazy_pgettext("action", "Confirmed the clock")
    emergency_access = lazy_pgettext("action", "Opened in an emergency")


EVIDENCE_ACTIONS = (Action.case_events, Action.sealed, Action.restored, Action.erased)
"""Actions of entries that prove other rows. They hold only ids and hashes, so the database refuses to erase
them."""

BOOK_ACTIONS = frozenset({Action.sealed, Action.restored})
"""Actions of entries about the audit book and the case books as a whole, whatever record they name."""

READ_ACTIONS = frozenset({Action.view, Action.search, Action.export, Action.print, Action.denied})
"""Actions of entries that describe a page or document; their details are not columns of the record."""
