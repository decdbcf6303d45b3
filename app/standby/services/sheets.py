"""What the portal knows of a shift when it is handed over: ids and codes, filtered for each reader."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select

from app.cases.models import Case, FollowUp, IncomingReport
from app.cases.states import FollowUpState, ReportState
from app.core import clock
from app.extensions import db
from app.standby.models import Shift

MOST = 200
"""Lines of one part of a sheet."""


def collect(shift: Shift, coming: Shift | None) -> dict[str, Any]:
    """Fill the sheet of a shift as things stand now."""
    start, end = shift.starts_at, shift.ends_at
    first, last = _days(coming.starts_at, coming.ends_at) if coming else _days(end, end + timedelta(days=1))
    today = clock.today()
    unread = IncomingReport.state == ReportState.new
    reports = (
        select(IncomingReport.id, IncomingReport.state)
        .where(IncomingReport.received_at >= start, IncomingReport.received_at < end)
        .order_by(IncomingReport.received_at, IncomingReport.id)
        .limit(MOST)
    )
    return {
        "reports": [[key, state.name] for key, state in db.session.execute(reports)],
        "waiting": _ids(
            IncomingReport, IncomingReport.received_at, unread, IncomingReport.received_at < start
        ),
        "cases": _ids(Case, Case.opened_at, Case.opened_at >= start, Case.opened_at < end),
        "promises": _ids(
            FollowUp, FollowUp.due_on, _open(), FollowUp.due_on.between(max(first, today), last)
        ),
        "overdue": _ids(FollowUp, FollowUp.due_on, _open(), FollowUp.due_on < today),
    }


def _open() -> ColumnElement[bool]:
    return FollowUp.state == FollowUpState.open


def _days(start: datetime, end: datetime) -> tuple[Any, Any]:
    """The days in Bontang that a time touches."""
    last = (end - timedelta(seconds=1)).astimezone(clock.WITA).date()
    return start.astimezone(clock.WITA).date(), last


def _ids(model: Any, order: Any, *conditions: ColumnElement[bool]) -> list[int]:
    return list(db.session.scalars(select(model.id).where(*conditions).order_by(order, model.id).limit(MOST)))
