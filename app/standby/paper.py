"""The sheet of a hand-over as data for the printed page."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _

from app.cases.models import Case, FollowUp, IncomingReport
from app.cases.states import ReportState
from app.core import clock, display
from app.core.actor import Actor
from app.core.masking import mask_for
from app.reference.services import office_on
from app.standby.models import Handover
from app.standby.queries import Sheet


def sheet(handover: Handover, told: Sheet, user: Actor) -> dict[str, Any]:
    """Everything that the page says, in words, with the numbers that the user may read."""
    office = office_on()
    letterhead = (
        [office.parent_office, office.office_name, office.letterhead or office.address] if office else []
    )
    taken = handover.acknowledged_at
    return {
        "title": _("Hand-over of a shift"),
        "letterhead": [line for line in letterhead if line],
        "facts": [
            [_("Who leaves"), handover.from_shift.label],
            [_("Who takes over"), handover.to_shift.label if handover.to_shift else display.UNKNOWN],
            [_("Sent at"), display.moment(handover.sent_at)],
            [_("Taken over at"), display.moment(taken) if taken else _("Not yet")],
            [_("Printed at"), display.moment(clock.now())],
        ],
        "note_title": _("What the next one must know"),
        "note": mask_for(user, handover.note),
        "groups": list(_groups(told, user)),
        "nothing": _("Nothing."),
        "signatures": [
            [_("Who leaves"), handover.from_worker],
            [_("Who takes over"), handover.to_worker or ""],
        ],
    }


def _groups(told: Sheet, user: Actor) -> Iterable[dict[str, Any]]:
    parts = (
        (_("Emergencies"), [_line(one) for one in told.emergencies]),
        (_("Reports that came in"), [_report(one, state) for one, state in told.reports]),
        (_("Reports still waiting from before"), [_line(one) for one in told.waiting]),
        (_("Cases opened"), [_line(one) for one in told.cases]),
        (_("Promises for the next shift"), [_promise(one) for one in told.promises]),
        (_("Overdue"), [_promise(one) for one in told.overdue]),
    )
    for title, lines in parts:
        yield {"title": title, "lines": [mask_for(user, line) for line in lines]}


def _line(one: IncomingReport | Case) -> str:
    if isinstance(one, Case):
        return f"{one.number}: {one.client.label} ({one.urgency.value})"
    where = one.location or (one.kelurahan.name if one.kelurahan else display.UNKNOWN)
    return (
        f"{one.label}: {display.moment(one.received_at)}, {where}, {one.channel.value} ({one.urgency.value})"
    )


def _report(one: IncomingReport, state: str) -> str:
    return f"{_line(one)}: {ReportState[state].value}"


def _promise(one: FollowUp) -> str:
    who = one.assignee.full_name if one.assignee else display.UNKNOWN
    return f"{display.day(one.due_on)}: {one.title}; {one.case.number}, {one.case.client.label}; {who}"
