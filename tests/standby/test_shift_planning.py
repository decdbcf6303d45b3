"""Planning of standby shifts: patterns, gaps and overlaps, changes, and who is on standby."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.errors import Conflict, PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.security.services.users import deactivate
from app.standby import queries
from app.standby.enums import ShiftPattern, ShiftState
from app.standby.models import Shift
from app.standby.services.planning import cancel_shift, edit_shift, plan_shifts, swap_shift
from tests.support.client import PortalClient
from tests.support.concurrency import run_concurrently
from tests.support.fixed_clock import days_ahead
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]


def wita(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=clock.WITA)  # type: ignore[arg-type,misc]


def plan_as_admin(worker: Any, starts_at: datetime, hours: float = 12, **data: Any) -> Shift:
    values = {"worker": worker, "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=hours), **data}
    by = get_user("admin")
    with transaction(by=by):
        return plan_shifts(values, by=by)


def list_planned_shifts() -> list[tuple[str, str]]:
    """Return worker and start (in Bontang) of each planned shift."""
    query = select(Shift).where(Shift.state == ShiftState.planned).order_by(Shift.starts_at)
    return [
        (one.worker.username, f"{one.starts_at.astimezone(clock.WITA):%d/%m/%Y %H}")
        for one in db.session.scalars(query)
    ]


def test_one_form_fills_a_week_over_the_years_change(app: Flask, people: SimpleNamespace) -> None:
    plan_as_admin(
        people.rina,
        wita(2026, 12, 28, 20),
        pattern=ShiftPattern.in_turn,
        until=date(2027, 1, 3),
        second=people.dodi,
        third=people.sari,
    )
    made = list_planned_shifts()
    assert len(made) == 13
    assert made[:4] == [
        ("rina", "28/12/2026 20"),
        ("dodi", "29/12/2026 08"),
        ("sari", "29/12/2026 20"),
        ("rina", "30/12/2026 08"),
    ]
    assert made[-1] == ("rina", "03/01/2027 20")


def test_daily_pattern_warns_of_the_gaps_between(app: Flask, people: SimpleNamespace) -> None:
    nights = {"pattern": ShiftPattern.daily, "until": date(2026, 12, 1)}
    with pytest.raises(PortalError) as refusal:
        plan_as_admin(people.rina, wita(2026, 11, 29, 20), **nights)
    assert refusal.value.field == "accepted"
    assert "30 Nov 2026" in refusal.value.message.replace("\N{NO-BREAK SPACE}", " ")
    assert list_planned_shifts() == []
    plan_as_admin(people.rina, wita(2026, 11, 29, 20), accepted=True, **nights)
    assert [begins for _who, begins in list_planned_shifts()] == [
        "29/11/2026 20",
        "30/11/2026 20",
        "01/12/2026 20",
    ]
    plan_as_admin(
        people.dodi, wita(2026, 11, 30, 8), pattern=ShiftPattern.daily, until=date(2026, 12, 1)
    )  # fills the gaps


def test_overlap_of_two_workers_is_confirmed_before_saving(app: Flask, people: SimpleNamespace) -> None:
    plan_as_admin(people.rina, wita(2026, 11, 30, 8))
    with pytest.raises(PortalError, match=r"Rina.*Dodi") as refusal:
        plan_as_admin(people.dodi, wita(2026, 11, 30, 16))
    assert refusal.value.field == "accepted"
    plan_as_admin(people.dodi, wita(2026, 11, 30, 16), accepted=True)
    assert len(list_planned_shifts()) == 2


@pytest.mark.parametrize(
    ("hours", "field"),
    [(-1, "ends_at"), (0, "ends_at"), (24.5, "ends_at")],
    ids=["backwards", "empty", "long"],
)
def test_invalid_shift_is_refused(app: Flask, people: SimpleNamespace, hours: float, field: str) -> None:
    with pytest.raises(PortalError) as refusal:
        plan_as_admin(people.rina, wita(2026, 11, 30, 8), hours)
    assert refusal.value.field == field


def test_a_day_of_24_hours_is_allowed(app: Flask, people: SimpleNamespace) -> None:
    assert plan_as_admin(people.rina, wita(2026, 12, 31, 8), 24).ends_at == wita(2027, 1, 1, 8)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"pattern": ShiftPattern.in_turn, "until": date(2026, 12, 5)}, "second"),
        ({"pattern": ShiftPattern.daily}, "until"),
        ({"pattern": ShiftPattern.daily, "until": date(2026, 11, 29)}, "until"),
        ({"pattern": ShiftPattern.weekly, "until": days_ahead(367)}, "until"),
        ({"phone": "nanti"}, "phone"),
    ],
)
def test_incomplete_pattern_is_refused_beside_its_field(
    app: Flask, people: SimpleNamespace, data: dict[str, Any], field: str
) -> None:
    with pytest.raises(PortalError) as refusal:
        plan_as_admin(people.rina, wita(2026, 11, 30, 8), **data)
    assert refusal.value.field == field


def test_only_a_peksos_is_on_standby(app: Flask, people: SimpleNamespace) -> None:
    with pytest.raises(PortalError) as refusal:
        plan_as_admin(people.kabid, wita(2026, 11, 30, 8))
    assert refusal.value.field == "worker"


def test_nobody_has_two_shifts_at_once(app: Flask, people: SimpleNamespace) -> None:
    plan_as_admin(people.rina, wita(2026, 11, 30, 20))
    with pytest.raises(PortalError) as refusal:
        plan_as_admin(people.rina, wita(2026, 12, 1, 7, 59), accepted=True)
    assert refusal.value.field == "worker"
    plan_as_admin(people.rina, wita(2026, 12, 1, 8))  # one ends when the other begins
    assert len(list_planned_shifts()) == 2


def test_concurrent_plans_give_a_worker_one_shift(app: Flask) -> None:
    def one(number: int) -> None:
        plan_as_admin(get_user("rina"), wita(2026, 11, 30, 8 + number), accepted=True)

    answers = run_concurrently(5, one)
    assert answers.count(None) == 1
    assert {type(one) for one in answers if one is not None} == {PortalError}
    assert len(list_planned_shifts()) == 1


@pytest.mark.parametrize(
    "hours",
    [(wita(2026, 11, 30, 12), wita(2026, 11, 30, 14)), (wita(2026, 12, 2), wita(2026, 12, 3, 1))],
    ids=["two at once", "too long"],
)
def test_database_refuses_an_overlap_inserted_directly(
    app: Flask, people: SimpleNamespace, hours: tuple[datetime, datetime]
) -> None:
    plan_as_admin(people.rina, wita(2026, 11, 30, 8))
    late = plan_as_admin(people.rina, wita(2026, 12, 1, 8), accepted=True).id
    with pytest.raises(IntegrityError, match=r"ck_shift_(overlap|length)"), transaction(by=get_user("admin")):
        db.session.execute(update(Shift).where(Shift.id == late).values(starts_at=hours[0], ends_at=hours[1]))
    db.session.rollback()


def test_a_shift_is_given_to_a_colleague_with_a_reason(app: Flask, people: SimpleNamespace) -> None:
    plan_as_admin(people.dodi, wita(2026, 11, 1, 8), phone="0812-0000-0102")
    with clock.freeze_time(wita(2026, 11, 29, 8)):
        shift = plan_as_admin(people.rina, wita(2026, 11, 30, 20), phone="0812-0000-0101")
        with transaction(by=people.admin):
            swap_shift(shift, worker=people.dodi, reason="Rina sakit.", by=people.admin)
        assert (shift.worker.username, shift.phone, shift.reason) == ("dodi", "+6281200000102", "Rina sakit.")
        busy = plan_as_admin(people.rina, wita(2026, 11, 30, 20), accepted=True)
        with pytest.raises(PortalError) as refusal, transaction(by=people.admin):
            swap_shift(busy, worker=people.dodi, reason="Tukar.", by=people.admin)
        assert refusal.value.field == "worker"


def test_past_shift_cannot_be_changed(app: Flask, people: SimpleNamespace) -> None:
    shift = plan_as_admin(people.rina, wita(2026, 11, 23, 8))
    with clock.freeze_time(wita(2026, 11, 24, 8)), pytest.raises(Conflict), transaction(by=people.admin):
        cancel_shift(shift, reason="Keliru.", by=people.admin)


def test_hours_and_worker_of_a_shift_are_final_once_it_is_handed_over(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    shift = plan_as_admin(people.rina, wita(2026, 11, 30, 8))
    kept = {"starts_at": shift.starts_at, "ends_at": shift.ends_at}
    with clock.freeze_time(wita(2026, 11, 30, 12)):
        make.handover(from_shift=shift)
        with pytest.raises(Conflict), transaction(by=people.admin):
            edit_shift(shift, {**kept, "ends_at": wita(2026, 11, 30, 19), "accepted": True}, by=people.admin)
        with pytest.raises(Conflict), transaction(by=people.admin):
            swap_shift(shift, worker=people.dodi, reason="Tukar.", by=people.admin)
        with pytest.raises(Conflict), transaction(by=people.admin):
            cancel_shift(shift, reason="Keliru.", by=people.admin)
        with transaction(by=people.admin):
            edit_shift(shift, {**kept, "phone": "0812-0000-0101"}, by=people.admin)
    assert (shift.worker, shift.ends_at, shift.phone) == (people.rina, kept["ends_at"], "+6281200000101")


def test_a_cancelled_or_past_shift_is_not_edited(
    app: Flask, people: SimpleNamespace, as_user: AsUser
) -> None:
    past, cancelled = (plan_as_admin(people.rina, wita(2026, 11, day, 8), accepted=True) for day in (23, 30))
    with clock.freeze_time(wita(2026, 11, 24, 8)):
        with transaction(by=people.admin):
            cancel_shift(cancelled, reason="Libur bersama.", by=people.admin)
        hours = {"starts_at": cancelled.starts_at, "ends_at": cancelled.ends_at}
        with pytest.raises(Conflict), transaction(by=people.admin):
            edit_shift(cancelled, {**hours, "phone": "0812-0000-0101"}, by=people.admin)
        for shift in (past, cancelled):
            assert as_user("admin").get(f"/shifts/edit/{shift.id}").status_code == 403


def test_one_form_plans_62_days_and_no_more(app: Flask, people: SimpleNamespace) -> None:
    weekly = {"pattern": ShiftPattern.weekly, "accepted": True}
    with pytest.raises(PortalError) as refusal:
        plan_as_admin(people.rina, wita(2026, 11, 30, 8), until=date(2027, 2, 1), **weekly)
    assert refusal.value.field == "until"
    plan_as_admin(people.rina, wita(2026, 11, 30, 8), until=date(2027, 1, 31), **weekly)
    assert len(list_planned_shifts()) == 9


def test_a_cancelled_shift_leaves_room_for_another(app: Flask, people: SimpleNamespace) -> None:
    with clock.freeze_time(wita(2026, 11, 29, 8)):
        shift = plan_as_admin(people.rina, wita(2026, 11, 30, 8))
        with transaction(by=people.admin):
            cancel_shift(shift, reason="Libur bersama.", by=people.admin)
        plan_as_admin(people.rina, wita(2026, 11, 30, 9))
        assert list_planned_shifts() == [("rina", "30/11/2026 09")]


def test_hours_are_corrected_and_a_gap_is_reported(app: Flask, people: SimpleNamespace) -> None:
    first = plan_as_admin(people.rina, wita(2026, 11, 30, 8))
    plan_as_admin(people.dodi, wita(2026, 11, 30, 20))
    shorter = {"starts_at": first.starts_at, "ends_at": wita(2026, 11, 30, 18), "phone": None}
    with pytest.raises(PortalError) as refusal, transaction(by=people.admin):
        edit_shift(first, shorter, by=people.admin)
    assert refusal.value.field == "accepted"
    with transaction(by=people.admin):
        edit_shift(first, {**shorter, "accepted": True}, by=people.admin)
    assert first.ends_at == wita(2026, 11, 30, 18)


def test_shifts_of_an_inactive_worker_are_offered_to_others(
    app: Flask, people: SimpleNamespace, as_user: AsUser
) -> None:
    with clock.freeze_time(wita(2026, 11, 30, 12)):
        now, later = (
            plan_as_admin(people.dodi, wita(2026, 11, 30, 8)).id,
            plan_as_admin(people.dodi, wita(2026, 12, 1, 8), accepted=True).id,
        )
        with transaction(by=people.admin):
            deactivate(people.dodi, by=people.admin)
        assert queries.get_on_call().current_shifts == []  # an inactive worker is not on call
        assert [one.id for one in queries.list_shifts_without_worker(9)] == [now, later]
        page = as_user("admin").get("/").text
        assert f"/shifts/{later}/swap" in page
        assert "/swap" not in as_user("kabid").get("/").text


def test_standby_contact_changes_at_the_minute_of_the_next_shift(app: Flask, people: SimpleNamespace) -> None:
    plan_as_admin(people.rina, wita(2026, 12, 31, 20), phone="0812-0000-0101")
    plan_as_admin(people.dodi, wita(2027, 1, 1, 8), phone="0812-0000-0102")
    for moment, name in (
        (wita(2026, 12, 31, 20), "Rina"),
        (wita(2027, 1, 1, 7, 59), "Rina"),
        (wita(2027, 1, 1, 8), "Dodi"),
    ):
        with clock.freeze_time(moment):
            found = queries.get_standby_contact()
            assert found is not None
            assert found.worker_name.startswith(name)
            assert found.office_name.startswith("Lembaga Konsultasi")
    with clock.freeze_time(wita(2027, 1, 1, 20)):
        assert queries.get_standby_contact() is None


def test_contact_has_no_phone_if_neither_shift_nor_office_has_one(
    app: Flask, people: SimpleNamespace
) -> None:
    with clock.freeze_time(wita(2026, 11, 30, 9)):
        plan_as_admin(people.rina, wita(2026, 11, 30, 8))
        found = queries.get_standby_contact()
        assert found is not None
        assert found.phone is None  # the office setting has no phone either
