"""From a report to a case, or to a reason why not."""

from typing import Any

from flask_babel import gettext as _

from app.cases.choices import Urgency
from app.cases.models import Case, IncomingReport
from app.cases.services.clocks import due_at
from app.cases.services.events import record
from app.cases.services.opening import describes_somebody, open_case
from app.cases.services.rules import Data, lock, must_be_as_seen, must_be_open, not_in_future
from app.cases.states import REPORT_MOVES, EventKind, ReportState
from app.clients.models import Client
from app.core import clock, phones
from app.core.actor import Actor
from app.core.errors import PortalError
from app.core.moves import move_named
from app.core.services import create, update
from app.extensions import db


def receive_report(data: Data, *, by: Actor) -> IncomingReport:
    """Write down what somebody reports; who it is may stay unknown."""
    values = {"received_at": clock.now(), "urgency": Urgency.ordinary, **_checked(data)}
    return create(IncomingReport, _with_clock(values), by=by)


def update_report(report: IncomingReport, data: Data, *, by: Actor) -> IncomingReport:
    """Complete a report that nobody has taken up yet."""
    must_be_as_seen(report)
    move_named(REPORT_MOVES, "take_up").check(report)
    values = _checked(data)
    told = {"received_at": report.received_at, "urgency": report.urgency} | values
    if (told["received_at"], told["urgency"]) != (report.received_at, report.urgency):
        values = _with_clock(told)
    return update(report, values, by=by)


def _with_clock(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "due_at": due_at(values["urgency"], values["received_at"])}


def _checked(data: Data) -> dict[str, Any]:
    usual = ("received_at", "urgency")  # what the form leaves out stays as it is
    values = {name: value for name, value in data.items() if value is not None or name not in usual}
    not_in_future(values.get("received_at"), "received_at")
    if "reporter_phone" in values:
        values["reporter_phone"] = phones.checked(values["reporter_phone"], "reporter_phone")
    return values


def take_up_report(
    report: IncomingReport,
    *,
    by: Actor,
    case: Case | None = None,
    client: Client | None = None,
    **fields: Any,
) -> Case:
    """Make a case of the report, or let it join an open case of the client.

    A new case carries the report's text, channel and urgency over; who reported it and where stays in the
    report, since a case's text goes out with referrals. Its client is the chosen one or is registered from
    `fields`, with the report's place where none is given.
    """
    lock(report)
    move_named(REPORT_MOVES, "take_up").check(report)
    _answer(report, ReportState.taken_up, by)
    if case is not None:
        if describes_somebody(fields):
            raise PortalError(
                _("A case is chosen and a new client is described: empty one of the two."), "case"
            )
        return _join(report, case, client, by)
    return _make(report, client, fields, by)


def _answer(report: IncomingReport, state: ReportState, by: Actor) -> None:
    report.state, report.answered_at, report.answered_by_id = state, clock.now(), by.actor_id


def _join(report: IncomingReport, case: Case, client: Client | None, by: Actor) -> Case:
    must_be_open(case, by)
    if client is not None and client.id != case.client_id:
        raise PortalError(_("This is a case of another client."), field="case")
    case.reports.append(report)
    record(case, EventKind.report_joined, by=by, occurred_at=report.received_at, source=report)
    return case


def _make(report: IncomingReport, client: Client | None, fields: Data, by: Actor) -> Case:
    if client is None and describes_somebody(fields):
        fields = {**fields, **_place(report, fields)}
    data = {
        **fields,
        "client": client,
        "report": report,
        "channel": report.channel,
        "urgency": report.urgency,
        "presenting_problem": report.description,
    }
    return open_case(data, by=by)


def _place(report: IncomingReport, fields: Data) -> dict[str, Any]:
    if fields.get("kelurahan") or fields.get("address"):
        return {}
    return {"kelurahan": report.kelurahan, "address": report.location}


def dismiss_report(report: IncomingReport, *, dismissed_reason: str, by: Actor) -> IncomingReport:
    """Say why no case comes of the report."""
    lock(report)
    move_named(REPORT_MOVES, "dismiss").check(report)
    _answer(report, ReportState.dismissed, by)
    report.dismissed_reason = dismissed_reason
    db.session.flush()
    return report
