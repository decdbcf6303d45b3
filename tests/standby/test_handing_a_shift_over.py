"""What one shift leaves to the next: over midnight, the month's end, the year's change."""

from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.cases.choices import Urgency
from app.cases.services import take_up_report
from app.core import clock
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.unit import unit
from app.reference.choices import Confidentiality
from app.standby import queries
from app.standby.models import Handover
from app.standby.services import acknowledge, cancel_shift, correct_handover, send_handover
from app.standby.states import HandoverState
from tests.support.client import PortalClient
from tests.support.portal import person

AsUser = Callable[[str], PortalClient]
EVENING = datetime(2026, 12, 31, 20, tzinfo=clock.WITA)
"""Rina begins; the year ends four hours later, and Dodi comes in the morning."""
MORNING = EVENING + timedelta(hours=12)


@pytest.fixture
def night(make: ModuleType) -> SimpleNamespace:
    """Rina's night of New Year's Eve and Dodi's day after it."""
    return SimpleNamespace(
        rina=make.shift("rina", EVENING, phone="0812-0000-0101"),
        dodi=make.shift("dodi", MORNING, phone="0812-0000-0102"),
    )


def send(make: ModuleType, minutes: int = -10, **data: Any) -> Handover:
    with clock.at(MORNING + timedelta(minutes=minutes)):
        handover: Handover = make.handover(**data)
    return handover


def take(handover: Handover, who: str, minutes: int = 5) -> None:
    by = person(who)
    with clock.at(MORNING + timedelta(minutes=minutes)), unit(by=by):
        acknowledge(handover, by=by)


def test_the_portal_fills_the_sheet(app: Flask, make: ModuleType, night: SimpleNamespace) -> None:
    with clock.at(EVENING - timedelta(hours=3)):
        before = make.report(description="Belum ditangani sejak sore")
        case = make.case()
        promise = make.follow_up(case=case, due_on=MORNING.date(), title="Antar ke RSUD")
        make.follow_up(case=case, due_on=MORNING.date() + timedelta(days=1), title="Lusa")
    with clock.at(EVENING - timedelta(days=1)):
        late = make.follow_up(due_on=EVENING.date(), title="Terlambat")
    with clock.at(EVENING + timedelta(hours=3, minutes=59)):
        old_year = make.report(urgency=Urgency.emergency)
    with clock.at(EVENING + timedelta(hours=4)):
        new_year = make.report()
        with unit(by=person("rina")):
            opened = take_up_report(old_year, by=person("rina"), alias="Nek Idah")
    handover = send(make)
    assert (handover.from_shift_id, handover.to_shift_id) == (night.rina.id, night.dodi.id)
    with clock.at(MORNING):
        sheet = queries.sheet_of(night.rina, handover, person("dodi"))
    assert sheet.reports == [(old_year, "taken_up"), (new_year, "new")]
    assert sheet.emergencies == [old_year]
    assert sheet.waiting == [before]
    assert sheet.cases == [opened]
    assert sheet.promises == [promise]
    assert sheet.overdue == [late]


def test_a_sheet_is_kept_as_it_was_taken_over(app: Flask, make: ModuleType, night: SimpleNamespace) -> None:
    with clock.at(EVENING + timedelta(hours=1)):
        report = make.report()
    handover = send(make)
    with clock.at(MORNING - timedelta(minutes=2)):
        last = make.report()  # after it was sent, before the shift ended
    take(handover, "dodi")
    with clock.at(MORNING + timedelta(hours=1)), unit(by=person("dodi")):
        take_up_report(report, by=person("dodi"), alias="Seseorang")
    sheet = queries.sheet_of(night.rina, handover, person("dodi"))
    assert sheet.reports == [(report, "new"), (last, "new")]
    assert handover.state is HandoverState.acknowledged
    assert handover.acknowledged_by == person("dodi")


def test_a_sheet_shows_each_reader_what_he_may_see(
    app: Flask, make: ModuleType, night: SimpleNamespace, as_user: AsUser
) -> None:
    with clock.at(EVENING + timedelta(hours=1)):
        hidden = make.case(confidentiality=Confidentiality.secret)
        make.follow_up(case=hidden, due_on=MORNING.date(), title="Rahasia sekali")
    handover = send(make)
    with clock.at(MORNING):
        address = f"/handovers/show/{handover.id}"
        assert "Rahasia sekali" in as_user("rina").get(address).text
        for other in ("dodi", "kabid", "admin"):
            page = as_user(other).get(address).text
            assert "Rahasia sekali" not in page
            assert hidden.number not in page
        assert as_user("dodi").get(f"/handovers/{handover.id}/sheet.pdf").data.startswith(b"%PDF")


def test_only_who_comes_takes_over(app: Flask, make: ModuleType, night: SimpleNamespace) -> None:
    handover = send(make)
    for other in ("rina", "sari", "admin"):
        with pytest.raises(Forbidden):
            take(handover, other)
    take(handover, "dodi")
    with pytest.raises(Conflict):
        take(handover, "dodi")


def test_when_nobody_is_planned_a_colleague_takes_over(
    app: Flask, make: ModuleType, night: SimpleNamespace
) -> None:
    with clock.at(EVENING), unit(by=person("admin")):
        cancel_shift(night.dodi, reason="Cuti bersama.", by=person("admin"))
    handover = send(make)
    assert handover.to_shift is None
    with pytest.raises(Forbidden):
        take(handover, "rina")
    take(handover, "sari")
    assert handover.acknowledged_by == person("sari")


@pytest.mark.parametrize(
    ("who", "minutes", "kind"),
    [("dodi", -10, PortalError), ("rina", -60 * 13, PortalError)],
    ids=["a colleague's shift", "not begun"],
)
def test_a_shift_is_handed_over_by_its_worker_once_it_has_begun(
    app: Flask, make: ModuleType, night: SimpleNamespace, who: str, minutes: int, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        send(make, minutes, by=who, from_shift=night.rina)


def test_a_shift_is_handed_over_once_and_with_words(
    app: Flask, make: ModuleType, night: SimpleNamespace
) -> None:
    with pytest.raises(PortalError) as refusal:
        send(make, note="  ")
    assert refusal.value.field == "note"
    send(make)
    with pytest.raises(Conflict):
        send(make, from_shift=night.rina)
    with pytest.raises(PortalError):
        send(make)  # she has no other


def test_words_may_be_completed_until_somebody_has_taken_over(
    app: Flask, make: ModuleType, night: SimpleNamespace
) -> None:
    handover = send(make)
    with unit(by=person("admin")):
        correct_handover(handover, {"note": "Kunci di laci."}, by=person("admin"))
    assert handover.note == "Kunci di laci."
    take(handover, "dodi")
    with pytest.raises(Conflict), unit(by=person("admin")):
        correct_handover(handover, {"note": "Lain."}, by=person("admin"))


def first_page(client: PortalClient) -> str:
    return unescape(client.get("/").text).partition("<main")[2].partition("</main>")[0]


def test_after_half_an_hour_both_see_that_nobody_took_over(
    app: Flask, make: ModuleType, night: SimpleNamespace, as_user: AsUser
) -> None:
    address = f"/handovers/show/{send(make).id}"
    with clock.at(MORNING + timedelta(minutes=29)):
        assert address in first_page(as_user("dodi"))  # at once: it is his turn
        assert address not in first_page(as_user("rina"))
    with clock.at(MORNING + timedelta(minutes=31)):
        assert address in first_page(as_user("dodi"))
        assert address in first_page(as_user("rina"))
        assert address not in first_page(as_user("sari"))


def test_a_shift_that_nobody_handed_over_is_told_and_its_work_stays_with_its_worker(
    app: Flask, make: ModuleType, night: SimpleNamespace, as_user: AsUser
) -> None:
    with clock.at(EVENING + timedelta(hours=1)):
        case = make.case()
        make.follow_up(case=case, due_on=MORNING.date())
    with clock.at(MORNING + timedelta(minutes=31)):
        assert f"/shifts/show/{night.rina.id}" in first_page(as_user("admin"))
        assert f"/handovers/add?from_shift={night.rina.id}" in first_page(as_user("rina"))
        assert f"/shifts/show/{night.rina.id}" not in first_page(as_user("sari"))
        assert case.worker == person("rina")
        assert case.number in as_user("admin").get(f"/shifts/show/{night.rina.id}").text
    with clock.at(MORNING + timedelta(hours=1)), unit(by=person("admin")):
        send_handover({"from_shift": night.rina, "note": "Rina lupa."}, by=person("admin"))
    with clock.at(MORNING + timedelta(hours=2)):
        assert queries.never_handed_over(person("admin"), 9) == []


def test_who_goes_on_hands_nothing_over(app: Flask, make: ModuleType) -> None:
    make.shift("rina", EVENING)
    make.shift("rina", MORNING)
    with clock.at(MORNING + timedelta(hours=1)):
        assert queries.never_handed_over(person("admin"), 9) == []


def test_the_page_of_a_sheet_asks_a_fixed_number_of_questions(
    app: Flask, make: ModuleType, night: SimpleNamespace, as_user: AsUser, statements: Callable[..., Any]
) -> None:
    handover = send(make)
    dodi = as_user("dodi")

    def count() -> int:
        with clock.at(MORNING), statements() as sent:
            assert dodi.get(f"/handovers/show/{handover.id}").status_code == 200
        return len(sent)

    def fill() -> None:
        with clock.at(EVENING + timedelta(hours=1)):
            make.report(urgency=Urgency.emergency)
            make.follow_up(due_on=MORNING.date())

    fill()
    few = count()
    for _more in range(5):
        fill()
    assert count() == few <= 20
