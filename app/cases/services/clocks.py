"""Until when a report should be taken up."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from app.cases.choices import Urgency
from app.cases.models import ReportClock
from app.core import clock
from app.core.actor import Actor
from app.core.services import create, update
from app.extensions import db
from app.reference import shipped
from app.reference.workdays import holidays_from, working_days_after


def due_at(urgency: Urgency, since: datetime) -> datetime | None:
    """Give the deadline by the table as it is now; what was promised before stays."""
    rule = db.session.scalar(select(ReportClock).where(ReportClock.urgency == urgency))
    return None if rule is None else deadline(rule, since)


def deadline(rule: ReportClock, since: datetime) -> datetime:
    """So many minutes later, or the end of that working day in Bontang, by the holidays as they are known."""
    if rule.minutes is not None:
        return since + timedelta(minutes=rule.minutes)
    day = since.astimezone(clock.WITA).date()
    day = working_days_after(day, rule.working_days or 1, holidays_from(day))
    return datetime.combine(day + timedelta(days=1), time(), clock.WITA).astimezone(UTC)


def load_clocks(*, by: Actor) -> None:
    """Load the clocks that the portal ships with; one that somebody edited stays."""
    known = {one.code: one for one in db.session.scalars(select(ReportClock))}
    for row in shipped.rows("report_clocks"):
        numbers = {name: int(cell) if (cell := row[name]) else None for name in ("minutes", "working_days")}
        data = {**row, **numbers, "urgency": Urgency[str(row["urgency"])]}
        item = known.get(str(row["code"]))
        if item is None:
            create(ReportClock, data, by=by)
        elif item.changed_by_id is None:
            update(item, data, by=by)
