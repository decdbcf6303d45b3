"""Deadlines of steps: hours run day and night, working days follow the calendar of Bontang."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from types import ModuleType
from typing import NamedTuple

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select

from app.cases.enums import Urgency
from app.cases.models.report_clock import ReportClock
from app.core import clock
from app.core.clock import WITA
from app.extensions import db
from app.partners.enums import PartnerKind
from app.reference.models import Holiday
from app.reference.queries import is_working_day
from app.referrals.enums import Step
from app.referrals.models.terms import ResponseTime
from app.referrals.services.clocks import TimeLimit, compute_due_at, find_time_limit
from tests.support.client import PortalClient
from tests.support.html import field_error

instants = some.integers(0, 6 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
AsUser = Callable[[str], PortalClient]
holidays = some.sets(some.dates(date(2024, 1, 1), date(2027, 6, 1)), max_size=60)
working_days = some.integers(1, 30)


class TermRow(NamedTuple):
    step: Step
    partner_kind: PartnerKind | None
    urgency: Urgency | None
    hours: int | None
    working_days: int | None


def last_day(due: datetime) -> date:
    local = due.astimezone(WITA)
    assert local.time() == time(23, 59), "a limit in working days ends at the last minute of a day"
    return local.date()


@given(instants, working_days, holidays)
def test_deadline_is_the_last_of_the_given_number_of_working_days(
    start: datetime, days: int, closed: set[date]
) -> None:
    first, last = (
        start.astimezone(WITA).date(),
        last_day(compute_due_at(start, TimeLimit(working_days=days), closed)),
    )
    passed = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert is_working_day(last, closed)
    assert sum(is_working_day(day, closed) for day in passed) == days


@given(instants, working_days, holidays, some.dates(date(2024, 1, 1), date(2027, 6, 1)))
def test_later_start_longer_limit_or_another_holiday_never_make_the_deadline_earlier(
    start: datetime, days: int, closed: set[date], holiday: date
) -> None:
    due = compute_due_at(start, TimeLimit(working_days=days), closed)
    assert due > start
    assert compute_due_at(start + timedelta(hours=5), TimeLimit(working_days=days), closed) >= due
    assert compute_due_at(start, TimeLimit(working_days=days + 1), closed) > due
    assert compute_due_at(start, TimeLimit(working_days=days), closed | {holiday}) >= due


@given(instants, some.integers(1, 2000), holidays)
def test_hours_run_day_and_night(start: datetime, hours: int, closed: set[date]) -> None:
    assert compute_due_at(start, TimeLimit(hours=hours), closed) - start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        ("2026-11-24T10:00+08:00", 3, "2026-11-27"),  # Tuesday to Friday
        ("2026-11-26T10:00+08:00", 3, "2026-12-01"),  # over a weekend
        ("2026-11-28T10:00+08:00", 1, "2026-11-30"),  # sent on a Saturday
        ("2026-11-24T23:30+08:00", 1, "2026-11-25"),  # 15.30 UTC is still Tuesday in Bontang
        ("2026-11-25T00:30+08:00", 1, "2026-11-26"),  # 16.30 UTC is Wednesday in Bontang
        ("2026-12-23T10:00+08:00", 3, "2026-12-30"),  # Christmas and the day that the government added
        ("2026-12-30T10:00+08:00", 3, "2027-01-06"),  # the end of the year, and Isra Mikraj
        ("2026-03-17T10:00+08:00", 2, "2026-03-26"),  # Nyepi and Idul Fitri
    ],
)
def test_shipped_holidays_are_no_working_days(app: Flask, start: str, days: int, last: str) -> None:
    closed = {holiday.day for holiday in db.session.query(Holiday)}
    due = compute_due_at(datetime.fromisoformat(start), TimeLimit(working_days=days), closed)
    assert last_day(due) == date.fromisoformat(last)


def test_most_specific_row_applies_and_a_promised_time_where_allowed() -> None:
    rows = [
        TermRow(Step.answer, None, None, None, 9),
        TermRow(Step.answer, None, Urgency.ordinary, None, 3),
        TermRow(Step.answer, PartnerKind.zakat, Urgency.ordinary, 336, None),
        TermRow(Step.answer, None, Urgency.emergency, 2, None),
    ]
    answer, police, zakat = Step.answer, PartnerKind.police, PartnerKind.zakat
    assert find_time_limit(rows, answer, police, Urgency.ordinary) == TimeLimit(working_days=3)
    assert find_time_limit(rows, answer, zakat, Urgency.ordinary) == TimeLimit(hours=336)
    assert find_time_limit(rows, answer, police, Urgency.urgent) == TimeLimit(working_days=9)
    assert find_time_limit(rows, answer, zakat, Urgency.ordinary, promised_hours=48) == TimeLimit(hours=48)
    assert find_time_limit(rows, answer, zakat, Urgency.emergency, promised_hours=48) == TimeLimit(hours=2)
    assert find_time_limit(rows, answer, zakat, Urgency.emergency, promised_hours=1) == TimeLimit(hours=1)
    assert find_time_limit(rows, Step.start, police, Urgency.ordinary) is None


@pytest.mark.parametrize(
    ("kind", "urgency", "due"),
    [
        ("hospital", "emergency", "2026-11-24T12:00+08:00"),
        ("hospital", "urgent", "2026-11-25T10:00+08:00"),
        ("hospital", "ordinary", "2026-11-27T23:59+08:00"),
        ("zakat", "ordinary", "2026-12-08T10:00+08:00"),
        ("zakat", "emergency", "2026-11-24T12:00+08:00"),
    ],
)
def test_deadline_depends_on_partner_kind_and_urgency(
    make: ModuleType, kind: str, urgency: str, due: str
) -> None:
    with clock.freeze_time(datetime.fromisoformat("2026-11-24T10:00+08:00")):
        partner = make.partner_offering(kind=PartnerKind[kind])
        referral = make.sent_referral(partner=partner, urgency=Urgency[urgency])
    assert referral.due_at == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("model", "path"), [(ReportClock, "report-clocks"), (ResponseTime, "response-times")]
)
def test_number_of_working_days_is_bounded(as_user: AsUser, model: type, path: str) -> None:
    item = db.session.scalars(select(model).where(model.working_days.is_not(None))).first()  # type: ignore[attr-defined]
    data = {"version": item.version, "name": item.name, "working_days": "999999999"}
    assert field_error(as_user("admin").post(f"/{path}/edit/{item.id}", data=data), "working_days")


def test_deadline_of_a_referral_leaves_out_a_holiday_that_the_office_added(
    make: ModuleType, as_user: AsUser
) -> None:
    day = {"day": "2026-11-26", "name": "Pemilihan kepala daerah"}
    assert as_user("admin").post("/holidays/add", data=day).status_code == 302
    with clock.freeze_time(datetime.fromisoformat("2026-11-24T10:00+08:00")):
        partner = make.partner_offering(kind=PartnerKind.hospital)
        referral = make.sent_referral(partner=partner, urgency=Urgency.ordinary)
    assert referral.due_at is not None
    assert last_day(referral.due_at) == date(2026, 11, 30)
