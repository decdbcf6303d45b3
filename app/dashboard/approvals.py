"""First-page section of the administrator: proposed expenditures that wait for approval."""

from collections.abc import Iterator

from flask import url_for
from flask_babel import gettext as _

from app.core import formats
from app.core.actor import ADMIN, Actor, has_role
from app.dashboard.section_types import MAX_SECTION_TASKS, Section, SectionLink, Task
from app.grants.queries.grants import list_proposed_expenditures


def build_approval_sections(user: Actor) -> Iterator[Section]:
    """Build the section of proposals, oldest first; it names the number of a case, never the client."""
    if not has_role(user, ADMIN):
        return
    count, expenditures = list_proposed_expenditures(user, MAX_SECTION_TASKS)
    if not count:
        return
    tasks = [
        Task(
            formats.format_rupiah(expenditure.amount),
            url_for("ExpenditureView.show", pk=expenditure.id),
            " · ".join(
                filter(
                    None, (expenditure.grant.name, str(expenditure.purpose.value), expenditure.case_number)
                )
            ),
            formats.format_day(expenditure.spent_on),
        )
        for expenditure in expenditures
    ]
    list_url = url_for("ExpenditureView.list", _flt_0_state="proposed")
    text = _("%(count)s waiting", count=formats.format_number(count))
    yield Section("proposals", _("Spending that waits for approval"), [SectionLink(text, list_url)], tasks)
