"""Data of the printed hand-over sheet (`templates/standby/handover.typ`)."""

from collections.abc import Iterable
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from app.cases.enums import ReportState
from app.cases.models.case import Case
from app.cases.models.entries import FollowUp
from app.cases.models.report import IncomingReport
from app.core import clock, formats, pdf
from app.core.actor import Actor
from app.db.masking import mask_for
from app.reference.services import get_office_setting
from app.standby.models import Handover
from app.standby.queries import HandoverSheet, get_sheet


def build_sheet_pdf(handover: Handover, user: Actor) -> bytes:
    """Render the sheet as a PDF in the office's language, as far as the user may see it."""
    with force_locale("id"):
        sheet = get_sheet(handover.from_shift, handover, user)
        return pdf.compile_pdf("standby/handover.typ", build_sheet_data(handover, sheet, user))


def build_sheet_data(handover: Handover, sheet: HandoverSheet, user: Actor) -> dict[str, Any]:
    """Build the texts of the printed sheet; numbers that the user may not read are masked."""
    office = get_office_setting()
    letterhead = (
        [office.parent_office, office.office_name, office.letterhead or office.address] if office else []
    )
    acknowledged_at = handover.acknowledged_at
    return {
        "title": _("Hand-over of a shift"),
        "letterhead": [line for line in letterhead if line],
        "facts": [
            [_("Who leaves"), handover.from_shift.label],
            [_("Who takes over"), handover.to_shift.label if handover.to_shift else formats.EMPTY_VALUE],
            [_("Sent at"), formats.format_instant(handover.sent_at)],
            [
                _("Taken over at"),
                formats.format_instant(acknowledged_at) if acknowledged_at else _("Not yet"),
            ],
            [_("Printed at"), formats.format_instant(clock.now())],
        ],
        "note_title": _("What the next one must know"),
        "note": mask_for(user, handover.note),
        "groups": list(_iter_groups(sheet, user)),
        "nothing": _("Nothing."),
        "signatures": [
            [_("Who leaves"), handover.from_worker],
            [_("Who takes over"), handover.to_worker or ""],
        ],
    }


def _iter_groups(sheet: HandoverSheet, user: Actor) -> Iterable[dict[str, Any]]:
    parts = (
        (_("Emergencies"), [_format_item(record) for record in sheet.emergencies]),
        (_("Reports that came in"), [_format_report(record, state) for record, state in sheet.reports]),
        (_("Reports still waiting from before"), [_format_item(record) for record in sheet.waiting]),
        (_("Cases opened"), [_format_item(record) for record in sheet.cases]),
        (_("Promises for the next shift"), [_format_follow_up(record) for record in sheet.promises]),
        (_("Overdue"), [_format_follow_up(record) for record in sheet.overdue]),
    )
    for title, lines in parts:
        yield {"title": title, "lines": [mask_for(user, line) for line in lines]}


def _format_item(item: IncomingReport | Case) -> str:
    if isinstance(item, Case):
        return f"{item.number}: {item.client.label} ({item.urgency.value})"
    place = item.location or (item.kelurahan.name if item.kelurahan else formats.EMPTY_VALUE)
    received_at = formats.format_instant(item.received_at)
    return f"{item.label}: {received_at}, {place}, {item.channel.value} ({item.urgency.value})"


def _format_report(report: IncomingReport, state: str) -> str:
    return f"{_format_item(report)}: {ReportState[state].value}"


def _format_follow_up(follow_up: FollowUp) -> str:
    assignee_name = follow_up.assignee.full_name if follow_up.assignee else formats.EMPTY_VALUE
    case, due_on = follow_up.case, formats.format_day(follow_up.due_on)
    return f"{due_on}: {follow_up.title}; {case.number}, {case.client.label}; {assignee_name}"
