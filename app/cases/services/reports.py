"""Incoming reports: receive one, take it up into a case, or dismiss it."""

from typing import Any

from flask_babel import gettext as _

from app.cases.enums import ReportState, Urgency
from app.cases.event_types import REPORT_JOINED
from app.cases.models.case import Case
from app.cases.models.report import IncomingReport
from app.cases.services.events import record_event
from app.cases.services.opening import has_client_description, open_case
from app.cases.services.report_clocks import get_report_deadline
from app.cases.services.rules import require_open_case
from app.cases.transitions import REPORT_TRANSITIONS
from app.clients.models.client import Client
from app.core import clock, phones
from app.core.actor import Actor
from app.core.checks import require_not_in_future
from app.core.errors import PortalError
from app.core.transitions import get_transition
from app.db.records import FormData, create, lock, lock_and_check_version, update
from app.extensions import db


def receive_report(data: FormData, *, by: Actor) -> IncomingReport:
    """Record a report; the reporter may stay unknown."""
    values = {"received_at": clock.now(), "urgency": Urgency.ordinary, **_validate_values(data)}
    return create(IncomingReport, _add_due_at(values), by=by)


def update_report(report: IncomingReport, data: FormData, *, by: Actor) -> IncomingReport:
    """Change a report that nobody has taken up yet."""
    lock_and_check_version(report)
    get_transition(REPORT_TRANSITIONS, "take_up").check_allowed(report)
    values = _validate_values(data)
    new_values = {"received_at": report.received_at, "urgency": report.urgency} | values
    if (new_values["received_at"], new_values["urgency"]) != (report.received_at, report.urgency):
        values = _add_due_at(new_values)
    return update(report, values, by=by)


def _add_due_at(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "due_at": get_report_deadline(values["urgency"], values["received_at"])}


def _validate_values(data: FormData) -> dict[str, Any]:
    kept_columns = ("received_at", "urgency")  # left empty in the form, these stay as they are
    values = {name: value for name, value in data.items() if value is not None or name not in kept_columns}
    require_not_in_future(values.get("received_at"), "received_at")
    if "reporter_phone" in values:
        values["reporter_phone"] = phones.validate_phone(values["reporter_phone"], "reporter_phone")
    return values


def take_up_report(
    report: IncomingReport,
    *,
    by: Actor,
    case: Case | None = None,
    client: Client | None = None,
    **fields: Any,
) -> Case:
    """Open a case from the report, or add the report to an open case of the client.

    A new case takes over the report's text, channel and urgency. Reporter and place stay in the report only,
    because the text of a case goes out with referrals. The client of a new case is the chosen one, or is
    registered from `fields`, with the report's place where none is given.
    """
    lock(report)
    get_transition(REPORT_TRANSITIONS, "take_up").check_allowed(report)
    _set_state(report, ReportState.taken_up, by)
    if case is not None:
        if has_client_description(fields):
            raise PortalError(
                _("A case is chosen and a new client is described: empty one of the two."), "case"
            )
        return _join_case(report, case, client, by)
    return _open_case_from_report(report, client, fields, by)


def _set_state(report: IncomingReport, state: ReportState, by: Actor) -> None:
    report.state, report.answered_at, report.answered_by_id = state, clock.now(), by.actor_id


def _join_case(report: IncomingReport, case: Case, client: Client | None, by: Actor) -> Case:
    require_open_case(case, by)
    if client is not None and client.id != case.client_id:
        raise PortalError(_("This is a case of another client."), field="case")
    case.reports.append(report)
    record_event(case, REPORT_JOINED, by=by, occurred_at=report.received_at, source=report)
    return case


def _open_case_from_report(
    report: IncomingReport, client: Client | None, fields: FormData, by: Actor
) -> Case:
    if client is None and has_client_description(fields):
        fields = {**fields, **_get_default_address(report, fields)}
    data = {
        **fields,
        "client": client,
        "report": report,
        "channel": report.channel,
        "urgency": report.urgency,
        "presenting_problem": report.description,
    }
    return open_case(data, by=by)


def _get_default_address(report: IncomingReport, fields: FormData) -> dict[str, Any]:
    if fields.get("kelurahan") or fields.get("address"):
        return {}
    return {"kelurahan": report.kelurahan, "address": report.location}


def dismiss_report(report: IncomingReport, *, dismissed_reason: str, by: Actor) -> IncomingReport:
    """Dismiss the report and record why no case comes of it."""
    lock(report)
    get_transition(REPORT_TRANSITIONS, "dismiss").check_allowed(report)
    _set_state(report, ReportState.dismissed, by)
    report.dismissed_reason = dismissed_reason
    db.session.flush()
    return report
