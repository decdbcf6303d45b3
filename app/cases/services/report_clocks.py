"""Deadlines for taking up reports, and the report clocks that the portal ships with."""

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
    """Return the deadline by the present clock, or None without one; stored deadlines stay."""
    report_clock = db.session.scalar(select(ReportClock).where(ReportClock.urgency == urgency))
    return None if report_clock is None else compute_deadline(report_clock, received_at)


def compute_deadline(rule: ReportClock, received_at: datetime) -> datetime:
    """Return the instant after the clock's minutes, or at the end in WITA of its last working day.

    Working days are counted by the holidays known now.
    """
    if rule.minutes is not None:
        return received_at + timedelta(minutes=rule.minutes)
    day = received_at.astimezone(clock.WITA).date()
    day = add_working_days(day, rule.working_days or 1, get_holidays_from(day))
    return datetime.combine(day + timedelta(days=1), time(), clock.WITA).astimezone(UTC)


def load_report_clocks(*, by: Actor) -> None:
    """Load the clocks that the portal ships with; one that somebody edited stays."""
    existing_clocks = {
        report_clock.code: report_clock for report_clock in db.session.scalars(select(ReportClock))
    }
    for row in seed.read_rows("report_clocks"):
        numbers = {name: int(cell) if (cell := row[name]) else None for name in ("minutes", "working_days")}
        data = {**row, **numbers, "urgency": Urgency[str(row["urgency"])]}
        existing_clock = existing_clocks.get(str(row["code"]))
        if existing_clock is None:
            create(ReportClock, data, by=by)
        elif existing_clock.changed_by_id is None:
            update(existing_clock, data, by=by)
