"""Who is on standby when: entered by the week, over midnight, month end and the year's change."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.errors import Conflict, PortalError
from app.core.unit import unit
from app.extensions import db
from app.security.services import deactivate
from app.standby import queries
from app.standby.choices import Pattern, ShiftState
from app.standby.models import Shift
from app.standby.services import cancel_shift, edit_shift, plan_shifts, swap_shift
from tests.support.client import PortalClient
from tests.support.now import days_ahead
from tests.support.portal import person
from tests.support.together import run_together

AsUser = Callable[[str], PortalClient]


def wita(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=clock.WITA)  # type: ignore[arg-type,misc]


def plan(worker: Any, starts_at: datetime, hours: float = 12, **data: Any) -> Shift:
    said = {"worker": worker, "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=hours), **data}
    by = person("admin")
    with unit(by=by):
        return plan_shifts(said, by=by)


def every() -> list[tuple[str, str]]:
    """Every planned shift: who, and when it begins in Bontang."""
    query = select(Shift).where(Shift.state == ShiftState.planned).order_by(Shift.starts_at)
    return [
        (one.worker.username, f"{one.starts_at.astimezone(clock.WITA):%d/%m/%Y %H}")
        for one in db.session.scalars(query)
    ]


def test_one_form_fills_a_week_over_the_years_change(app: Flask, people: SimpleNamespace) -> None:
    plan(
        people.rina,
        wita(2026, 12, 28, 20),
        pattern=Pattern.in_turn,
        until=date(2027, 1, 3),
        second=people.dodi,
        third=people.sari,
    )
    made = every()
    assert len(made) == 13
    assert made[:4] == [
        ("rina", "28/12/2026 20"),
        ("dodi", "29/12/2026 08"),
        ("sari", "29/12/2026 20"),
        ("rina", "30/12/2026 08"),
    ]
    assert made[-1] == ("rina", "03/01/2027 20")


def test_every_day_at_the_same_time_tells_of_the_hours_between(app: Flask, people: SimpleNamespace) -> None:
    nights = {"pattern": Pattern.daily, "until": date(2026, 12, 1)}
    with pytest.raises(PortalError) as refusal:
        plan(people.rina, wita(2026, 11, 29, 20), **nights)
    assert refusal.value.field == "accepted"
    assert "30 Nov 2026" in refusal.value.message.replace("\N{NO-BREAK SPACE}", " ")
    assert every() == []
    plan(people.rina, wita(2026, 11, 29, 20), accepted=True, **nights)
    assert [begins for _who, begins in every()] == ["29/11/2026 20", "30/11/2026 20", "01/12/2026 20"]
    plan(people.dodi, wita(2026, 11, 30, 8), pattern=Pattern.daily, until=date(2026, 12, 1))  # no gap left


def test_two_people_at_once_are_told_before_saving(app: Flask, people: SimpleNamespace) -> None:
    plan(people.rina, wita(2026, 11, 30, 8))
    with pytest.raises(PortalError, match=r"Rina.*Dodi") as refusal:
        plan(people.dodi, wita(2026, 11, 30, 16))
    assert refusal.value.field == "accepted"
    plan(people.dodi, wita(2026, 11, 30, 16), accepted=True)
    assert len(every()) == 2


@pytest.mark.parametrize(
    ("hours", "field"),
    [(-1, "ends_at"), (0, "ends_at"), (24.5, "ends_at")],
    ids=["backwards", "empty", "long"],
)
def test_a_shift_that_cannot_be_is_refused(
    app: Flask, people: SimpleNamespace, hours: float, field: str
) -> None:
    with pytest.raises(PortalError) as refusal:
        plan(people.rina, wita(2026, 11, 30, 8), hours)
    assert refusal.value.field == field


def test_a_day_of_24_hours_is_allowed(app: Flask, people: SimpleNamespace) -> None:
    assert plan(people.rina, wita(2026, 12, 31, 8), 24).ends_at == wita(2027, 1, 1, 8)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"pattern": Pattern.in_turn, "until": date(2026, 12, 5)}, "second"),
        ({"pattern": Pattern.daily}, "until"),
        ({"pattern": Pattern.daily, "until": date(2026, 11, 29)}, "until"),
        ({"pattern": Pattern.weekly, "until": days_ahead(367)}, "until"),
        ({"phone": "nanti"}, "phone"),
    ],
)
def test_a_pattern_that_says_too_little_is_refused_beside_its_field(
    app: Flask, people: SimpleNamespace, data: dict[str, Any], field: str
) -> None:
    with pytest.raises(PortalError) as refusal:
        plan(people.rina, wita(2026, 11, 30, 8), **data)
    assert refusal.value.field == field


def test_only_a_peksos_whose_account_is_open_is_on_standby(app: Flask, people: SimpleNamespace) -> None:
    with pytest.raises(PortalError) as refusal:
        plan(people.kabid, wita(2026, 11, 30, 8))
    assert refusal.value.field == "worker"


def test_nobody_has_two_shifts_at_once(app: Flask, people: SimpleNamespace) -> None:
    plan(people.rina, wita(2026, 11, 30, 20))
    with pytest.raises(PortalError) as refusal:
        plan(people.rina, wita(2026, 12, 1, 7, 59), accepted=True)
    assert refusal.value.field == "worker"
    plan(people.rina, wita(2026, 12, 1, 8))  # one ends when the other begins
    assert len(every()) == 2


def test_two_administrators_cannot_give_one_person_two_shifts_in_the_same_moment(app: Flask) -> None:
    def one(number: int) -> None:
        plan(person("rina"), wita(2026, 11, 30, 8 + number), accepted=True)

    answers = run_together(5, one)
    assert answers.count(None) == 1
    assert {type(one) for one in answers if one is not None} == {PortalError}
    assert len(every()) == 1


@pytest.mark.parametrize(
    "hours",
    [(wita(2026, 11, 30, 12), wita(2026, 11, 30, 14)), (wita(2026, 12, 2), wita(2026, 12, 3, 1))],
    ids=["two at once", "too long"],
)
def test_the_database_refuses_what_writes_past_the_verb(
    app: Flask, people: SimpleNamespace, hours: tuple[datetime, datetime]
) -> None:
    plan(people.rina, wita(2026, 11, 30, 8))
    late = plan(people.rina, wita(2026, 12, 1, 8), accepted=True).id
    with pytest.raises(IntegrityError, match=r"ck_shift_(overlap|length)"), unit(by=person("admin")):
        db.session.execute(update(Shift).where(Shift.id == late).values(starts_at=hours[0], ends_at=hours[1]))
    db.session.rollback()


def test_a_shift_is_given_to_a_colleague_with_a_reason(app: Flask, people: SimpleNamespace) -> None:
    plan(people.dodi, wita(2026, 11, 1, 8), phone="0812-0000-0102")
    with clock.at(wita(2026, 11, 29, 8)):
        shift = plan(people.rina, wita(2026, 11, 30, 20), phone="0812-0000-0101")
        with unit(by=people.admin):
            swap_shift(shift, worker=people.dodi, reason="Rina sakit.", by=people.admin)
        assert (shift.worker.username, shift.phone, shift.reason) == ("dodi", "+6281200000102", "Rina sakit.")
        busy = plan(people.rina, wita(2026, 11, 30, 20), accepted=True)
        with pytest.raises(PortalError) as refusal, unit(by=people.admin):
            swap_shift(busy, worker=people.dodi, reason="Tukar.", by=people.admin)
        assert refusal.value.field == "worker"


def test_what_is_over_stays_as_it_was(app: Flask, people: SimpleNamespace) -> None:
    shift = plan(people.rina, wita(2026, 11, 23, 8))
    with clock.at(wita(2026, 11, 24, 8)), pytest.raises(Conflict), unit(by=people.admin):
        cancel_shift(shift, reason="Keliru.", by=people.admin)


def test_a_cancelled_shift_leaves_room_for_another(app: Flask, people: SimpleNamespace) -> None:
    with clock.at(wita(2026, 11, 29, 8)):
        shift = plan(people.rina, wita(2026, 11, 30, 8))
        with unit(by=people.admin):
            cancel_shift(shift, reason="Libur bersama.", by=people.admin)
        plan(people.rina, wita(2026, 11, 30, 9))
        assert every() == [("rina", "30/11/2026 09")]


def test_hours_are_corrected_and_a_gap_is_told(app: Flask, people: SimpleNamespace) -> None:
    first = plan(people.rina, wita(2026, 11, 30, 8))
    plan(people.dodi, wita(2026, 11, 30, 20))
    shorter = {"starts_at": first.starts_at, "ends_at": wita(2026, 11, 30, 18), "phone": None}
    with pytest.raises(PortalError) as refusal, unit(by=people.admin):
        edit_shift(first, shorter, by=people.admin)
    assert refusal.value.field == "accepted"
    with unit(by=people.admin):
        edit_shift(first, {**shorter, "accepted": True}, by=people.admin)
    assert first.ends_at == wita(2026, 11, 30, 18)


def test_the_shifts_of_somebody_who_left_are_offered_to_others(
    app: Flask, people: SimpleNamespace, as_user: AsUser
) -> None:
    with clock.at(wita(2026, 11, 30, 12)):
        now, later = (
            plan(people.dodi, wita(2026, 11, 30, 8)).id,
            plan(people.dodi, wita(2026, 12, 1, 8), accepted=True).id,
        )
        with unit(by=people.admin):
            deactivate(people.dodi, by=people.admin)
        assert queries.watch().now == []  # a closed account answers no call
        assert [one.id for one in queries.shifts_without_worker(9)] == [now, later]
        page = as_user("admin").get("/").text
        assert f"/shifts/{later}/swap" in page
        assert "/swap" not in as_user("kabid").get("/").text


def test_who_is_on_standby_changes_at_the_minute(app: Flask, people: SimpleNamespace) -> None:
    plan(people.rina, wita(2026, 12, 31, 20), phone="0812-0000-0101")
    plan(people.dodi, wita(2027, 1, 1, 8), phone="0812-0000-0102")
    for moment, name in (
        (wita(2026, 12, 31, 20), "Rina"),
        (wita(2027, 1, 1, 7, 59), "Rina"),
        (wita(2027, 1, 1, 8), "Dodi"),
    ):
        with clock.at(moment):
            found = queries.on_standby()
            assert found is not None
            assert found.worker.startswith(name)
            assert found.office.startswith("Lembaga Konsultasi")
    with clock.at(wita(2027, 1, 1, 20)):
        assert queries.on_standby() is None


def test_without_a_number_of_its_own_a_shift_is_called_at_the_office(
    app: Flask, people: SimpleNamespace
) -> None:
    with clock.at(wita(2026, 11, 30, 9)):
        plan(people.rina, wita(2026, 11, 30, 8))
        found = queries.on_standby()
        assert found is not None
        assert found.phone is None  # the office's number is not known yet either
