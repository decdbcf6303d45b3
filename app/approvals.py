"""What waits for who answers for the money: spending that somebody proposed."""

from collections.abc import Iterator

from flask import url_for
from flask_babel import gettext as _

from app.core import display
from app.core.actor import ADMIN, Actor, has_role
from app.grants.queries import waiting_spending
from app.tasks import FIRST, Link, Section, Task


def approval_sections(user: Actor) -> Iterator[Section]:
    """Proposals, the oldest first; they say the number of a case and never whose it is."""
    if not has_role(user, ADMIN):
        return
    count, first = waiting_spending(user, FIRST)
    if not count:
        return
    tasks = [
        Task(
            display.rupiah(one.amount),
            url_for("ExpenditureView.show", pk=one.id),
            " · ".join(filter(None, (one.grant.name, str(one.purpose.value), one.case_number))),
            display.day(one.spent_on),
        )
        for one in first
    ]
    listed = url_for("ExpenditureView.list", _flt_0_state="proposed")
    text = _("%(count)s waiting", count=display.number(count))
    yield Section("proposals", _("Spending that waits for approval"), [Link(text, listed)], tasks)
