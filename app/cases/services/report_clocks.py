"""Until when a report should be taken up."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from app.cases.enums import Urgency
from app.cases.models.report_clock import ReportClock
from app.core import clock
from app.core.actor import Actor
from app.db.records import create, update
from app.extensions import db
from app.reference import seed
from app.reference.queries import add_working_days, get_holidays_from


def get_report_deadline(urgency: Urgency, received_at: datetime) -> datetime | None:
    """Give the deadline by the table as it is now; what was promised before stays."""
    rule = db.session.scalar(select(ReportClock).where(ReportClock.urgency == urgency))
    return None if rule is None else compute_deadline(rule, received_at)


def compute_deadline(rule: ReportClock, received_at: datetime) -> datetime:
    """So many minutes later, or the end of that working day in Bontang, by the holidays as they are known."""
    if rule.minutes is not None:
        return received_at + timedelta(minutes=rule.minutes)
    day = received_at.astimezone(clock.WITA).date()
    day = add_working_days(day, rule.working_days or 1, get_holidays_from(day))
    return datetime.combine(day + timedelta(days=1), time(), clock.WITA).astimezone(UTC)


def load_report_clocks(*, by: Actor) -> None:
    """Load the clocks that the portal ships with; one that somebody edited stays."""
    known = {one.code: one for one in db.session.scalars(select(ReportClock))}
    for row in seed.read_rows("report_clocks"):
        numbers = {name: int(cell) if (cell := row[name]) else None for name in ("minutes", "working_days")}
        data = {**row, **numbers, "urgency": Urgency[str(row["urgency"])]}
        item = known.get(str(row["code"]))
        if item is None:
            create(ReportClock, data, by=by)
        elif item.changed_by_id is None:
            update(item, data, by=by)
