"""What waits for who answers for the money: spending that somebody proposed."""

from collections.abc import Iterator

from flask import url_for
from flask_babel import gettext as _

from app.core import formats
from app.core.actor import ADMIN, Actor, has_role
from app.dashboard.section_types import MAX_SECTION_TASKS, Section, SectionLink, Task
from app.grants.queries.grants import list_proposed_expenditures


def build_approval_sections(user: Actor) -> Iterator[Section]:
    """Proposals, the oldest first; they say the number of a case and never whose it is."""
    if not has_role(user, ADMIN):
        return
    count, first = list_proposed_expenditures(user, MAX_SECTION_TASKS)
    if not count:
        return
    tasks = [
        Task(
            formats.format_rupiah(one.amount),
            url_for("ExpenditureView.show", pk=one.id),
            " · ".join(filter(None, (one.grant.name, str(one.purpose.value), one.case_number))),
            formats.format_day(one.spent_on),
        )
        for one in first
    ]
    listed = url_for("ExpenditureView.list", _flt_0_state="proposed")
    text = _("%(count)s waiting", count=formats.format_number(count))
    yield Section("proposals", _("Spending that waits for approval"), [SectionLink(text, listed)], tasks)
