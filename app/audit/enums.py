"""The codes of the audit book."""

import enum

from flask_babel import lazy_pgettext


class Action(enum.Enum):
    """What somebody did."""

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
"""Lines that prove other rows: ids and hashes only, so the database lets nobody erase them."""

BOOK_ACTIONS = frozenset({Action.sealed, Action.restored})
"""Actions whose lines are about the two books as a whole, whatever record they name."""

READ_ACTIONS = frozenset({Action.view, Action.search, Action.export, Action.print, Action.denied})
"""Actions whose lines tell of a page or a paper, not of columns."""
