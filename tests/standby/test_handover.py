"""Handover of one shift to the next, over midnight, the end of a month and of a year."""

from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.cases.enums import Urgency
from app.cases.services.reports import take_up_report
from app.core import clock
from app.core.errors import Conflict, Forbidden, PortalError
from app.db.transaction import transaction
from app.reference.enums import Confidentiality
from app.standby import queries
from app.standby.enums import HandoverState
from app.standby.models import Handover
from app.standby.services.handovers import acknowledge_handover, correct_handover, send_handover
from app.standby.services.planning import cancel_shift
from tests.referrals.test_letter import pdf_text
from tests.support.client import PortalClient
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]
EVENING = datetime(2026, 12, 31, 20, tzinfo=clock.WITA)
"""Start of Rina's shift; the year ends four hours later, and Dodi's shift begins in the morning."""
MORNING = EVENING + timedelta(hours=12)


@pytest.fixture
def night_and_day_shifts(make: ModuleType) -> SimpleNamespace:
    """Rina's shift on New Year's Eve, and Dodi's shift after it."""
    return SimpleNamespace(
        rina=make.shift("rina", EVENING, phone="0812-0000-0101"),
        dodi=make.shift("dodi", MORNING, phone="0812-0000-0102"),
    )


def send_handover_at(make: ModuleType, minutes: int = -10, **data: Any) -> Handover:
    with clock.freeze_time(MORNING + timedelta(minutes=minutes)):
        handover: Handover = make.handover(**data)
    return handover


def acknowledge_at(handover: Handover, who: str, minutes: int = 5) -> None:
    by = get_user(who)
    with clock.freeze_time(MORNING + timedelta(minutes=minutes)), transaction(by=by):
        acknowledge_handover(handover, by=by)


def test_portal_fills_the_handover_sheet(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace
) -> None:
    with clock.freeze_time(EVENING - timedelta(hours=3)):
        before = make.report(description="Belum ditangani sejak sore")
        case = make.case()
        promise = make.follow_up(case=case, due_on=MORNING.date(), title="Antar ke RSUD")
        make.follow_up(case=case, due_on=MORNING.date() + timedelta(days=1), title="Lusa")
    with clock.freeze_time(EVENING - timedelta(days=1)):
        late = make.follow_up(due_on=EVENING.date(), title="Terlambat")
    with clock.freeze_time(EVENING + timedelta(hours=3, minutes=59)):
        old_year = make.report(urgency=Urgency.emergency)
    with clock.freeze_time(EVENING + timedelta(hours=4)):
        new_year = make.report()
        with transaction(by=get_user("rina")):
            opened = take_up_report(old_year, by=get_user("rina"), alias="Nek Idah")
    handover = send_handover_at(make)
    assert (handover.from_shift_id, handover.to_shift_id) == (
        night_and_day_shifts.rina.id,
        night_and_day_shifts.dodi.id,
    )
    with clock.freeze_time(MORNING):
        sheet = queries.get_sheet(night_and_day_shifts.rina, handover, get_user("dodi"))
    assert sheet.reports == [(old_year, "taken_up"), (new_year, "new")]
    assert sheet.emergencies == [old_year]
    assert sheet.waiting == [before]
    assert sheet.cases == [opened]
    assert sheet.promises == [promise]
    assert sheet.overdue == [late]


def test_handover_sheet_is_frozen_when_acknowledged(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace
) -> None:
    with clock.freeze_time(EVENING + timedelta(hours=1)):
        report = make.report()
    handover = send_handover_at(make)
    with clock.freeze_time(MORNING - timedelta(minutes=2)):
        last = make.report()  # after the handover was sent, before the shift ended
    acknowledge_at(handover, "dodi")
    with clock.freeze_time(MORNING + timedelta(hours=1)), transaction(by=get_user("dodi")):
        take_up_report(report, by=get_user("dodi"), alias="Seseorang")
    sheet = queries.get_sheet(night_and_day_shifts.rina, handover, get_user("dodi"))
    assert sheet.reports == [(report, "new"), (last, "new")]
    assert handover.state is HandoverState.acknowledged
    assert handover.acknowledged_by == get_user("dodi")


def test_handover_sheet_shows_each_reader_visible_records_only(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace, as_user: AsUser
) -> None:
    with clock.freeze_time(EVENING + timedelta(hours=1)):
        hidden = make.case(confidentiality=Confidentiality.secret)
        make.follow_up(case=hidden, due_on=MORNING.date(), title="Rahasia sekali")
    handover = send_handover_at(make)
    with clock.freeze_time(MORNING):
        address = f"/handovers/show/{handover.id}"
        assert "Rahasia sekali" in as_user("rina").get(address).text
        for other in ("dodi", "kabid", "admin"):
            page = as_user(other).get(address).text
            assert "Rahasia sekali" not in page
            assert hidden.number not in page
        assert as_user("dodi").get(f"/handovers/{handover.id}/sheet.pdf").data.startswith(b"%PDF")


@pytest.mark.parametrize(("who", "is_whole"), [("dodi", True), ("kabid", False)])
def test_printed_note_is_masked_for_users_with_read_access_only(
    app: Flask,
    make: ModuleType,
    night_and_day_shifts: SimpleNamespace,
    as_user: AsUser,
    who: str,
    is_whole: bool,
) -> None:
    handover = send_handover_at(make, note="Telepon ibunya di 081234567890")
    with clock.freeze_time(MORNING):
        text = pdf_text(as_user(who).get(f"/handovers/{handover.id}/sheet.pdf").data)
    assert "7890" in text
    assert ("081234567890" in text) is is_whole


def test_only_the_next_worker_acknowledges(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace
) -> None:
    handover = send_handover_at(make)
    for other in ("rina", "sari", "admin"):
        with pytest.raises(Forbidden):
            acknowledge_at(handover, other)
    acknowledge_at(handover, "dodi")
    with pytest.raises(Conflict):
        acknowledge_at(handover, "dodi")


def test_colleague_takes_over_when_no_next_shift_is_planned(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace
) -> None:
    with clock.freeze_time(EVENING), transaction(by=get_user("admin")):
        cancel_shift(night_and_day_shifts.dodi, reason="Cuti bersama.", by=get_user("admin"))
    handover = send_handover_at(make)
    assert handover.to_shift is None
    with pytest.raises(Forbidden):
        acknowledge_at(handover, "rina")
    acknowledge_at(handover, "sari")
    assert handover.acknowledged_by == get_user("sari")


@pytest.mark.parametrize(
    ("who", "minutes", "kind"),
    [("dodi", -10, PortalError), ("rina", -60 * 13, PortalError)],
    ids=["a colleague's shift", "not begun"],
)
def test_a_shift_is_handed_over_by_its_worker_once_it_has_begun(
    app: Flask,
    make: ModuleType,
    night_and_day_shifts: SimpleNamespace,
    who: str,
    minutes: int,
    kind: type[Exception],
) -> None:
    with pytest.raises(kind):
        send_handover_at(make, minutes, by=who, from_shift=night_and_day_shifts.rina)


def test_a_shift_is_handed_to_a_planned_later_one(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace
) -> None:
    earlier = make.shift("sari", EVENING - timedelta(hours=12))
    cancelled = make.shift("sari", MORNING + timedelta(days=1), accepted=True)
    with clock.freeze_time(EVENING), transaction(by=get_user("admin")):
        cancel_shift(cancelled, reason="Libur.", by=get_user("admin"))
    for wrong in (earlier, night_and_day_shifts.rina, cancelled):
        with pytest.raises(PortalError) as refusal:
            send_handover_at(make, to_shift=wrong)
        assert refusal.value.field == "to_shift"
    assert send_handover_at(make, to_shift=night_and_day_shifts.dodi).id


def test_a_cancelled_shift_is_not_handed_over(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace
) -> None:
    with clock.freeze_time(EVENING), transaction(by=get_user("admin")):
        cancel_shift(night_and_day_shifts.rina, reason="Sakit.", by=get_user("admin"))
    with pytest.raises(PortalError) as refusal:
        send_handover_at(make, from_shift=night_and_day_shifts.rina)
    assert refusal.value.field == "from_shift"


def test_a_colleague_takes_over_when_the_next_shift_is_cancelled_after_the_handover(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace
) -> None:
    handover = send_handover_at(make)
    with clock.freeze_time(MORNING - timedelta(minutes=5)), transaction(by=get_user("admin")):
        cancel_shift(night_and_day_shifts.dodi, reason="Sakit.", by=get_user("admin"))
    acknowledge_at(handover, "sari")
    assert handover.acknowledged_by == get_user("sari")


def test_shift_is_handed_over_once_and_with_a_note(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace
) -> None:
    with pytest.raises(PortalError) as refusal:
        send_handover_at(make, note="  ")
    assert refusal.value.field == "note"
    send_handover_at(make)
    with pytest.raises(Conflict):
        send_handover_at(make, from_shift=night_and_day_shifts.rina)
    with pytest.raises(PortalError):
        send_handover_at(make)  # Rina has no other shift


def test_note_may_be_completed_until_acknowledged(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace
) -> None:
    handover = send_handover_at(make)
    with transaction(by=get_user("admin")):
        correct_handover(handover, {"note": "Kunci di laci."}, by=get_user("admin"))
    assert handover.note == "Kunci di laci."
    acknowledge_at(handover, "dodi")
    with pytest.raises(Conflict), transaction(by=get_user("admin")):
        correct_handover(handover, {"note": "Lain."}, by=get_user("admin"))


def get_first_page(client: PortalClient) -> str:
    return unescape(client.get("/").text).partition("<main")[2].partition("</main>")[0]


def test_first_page_offers_to_hand_over_until_it_is_done(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace, as_user: AsUser
) -> None:
    with clock.freeze_time(MORNING - timedelta(minutes=15)):
        assert 'href="/handovers/add"' in as_user("rina").get_page("/")
    send_handover_at(make)
    with clock.freeze_time(MORNING - timedelta(minutes=5)):
        page = as_user("rina").get_page("/")
        assert f"/shifts/{night_and_day_shifts.rina.id}/take_call" in page, "she is still on call"
        assert 'href="/handovers/add"' not in page


def test_after_half_an_hour_both_workers_see_that_nobody_acknowledged(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace, as_user: AsUser
) -> None:
    address = f"/handovers/show/{send_handover_at(make).id}"
    with clock.freeze_time(MORNING + timedelta(minutes=29)):
        assert address in get_first_page(as_user("dodi"))  # shown at once, since Dodi must acknowledge it
        assert address not in get_first_page(as_user("rina"))
    with clock.freeze_time(MORNING + timedelta(minutes=31)):
        assert address in get_first_page(as_user("dodi"))
        assert address in get_first_page(as_user("rina"))
        assert address not in get_first_page(as_user("sari"))


def test_shift_without_handover_is_reported_and_its_work_stays_with_its_worker(
    app: Flask, make: ModuleType, night_and_day_shifts: SimpleNamespace, as_user: AsUser
) -> None:
    with clock.freeze_time(EVENING + timedelta(hours=1)):
        case = make.case()
        make.follow_up(case=case, due_on=MORNING.date())
    with clock.freeze_time(MORNING + timedelta(minutes=31)):
        assert f"/shifts/show/{night_and_day_shifts.rina.id}" in get_first_page(as_user("admin"))
        assert f"/handovers/add?from_shift={night_and_day_shifts.rina.id}" in get_first_page(as_user("rina"))
        assert f"/shifts/show/{night_and_day_shifts.rina.id}" not in get_first_page(as_user("sari"))
        assert case.worker == get_user("rina")
        assert case.number in as_user("admin").get(f"/shifts/show/{night_and_day_shifts.rina.id}").text
    with clock.freeze_time(MORNING + timedelta(hours=1)), transaction(by=get_user("admin")):
        send_handover({"from_shift": night_and_day_shifts.rina, "note": "Rina lupa."}, by=get_user("admin"))
    with clock.freeze_time(MORNING + timedelta(hours=2)):
        assert queries.list_shifts_without_handover(get_user("admin"), 9) == []


def test_worker_of_consecutive_shifts_hands_nothing_over(app: Flask, make: ModuleType) -> None:
    make.shift("rina", EVENING)
    make.shift("rina", MORNING)
    with clock.freeze_time(MORNING + timedelta(hours=1)):
        assert queries.list_shifts_without_handover(get_user("admin"), 9) == []


def test_handover_page_takes_a_bounded_number_of_statements(
    app: Flask,
    make: ModuleType,
    night_and_day_shifts: SimpleNamespace,
    as_user: AsUser,
    capture_statements: Callable[..., Any],
) -> None:
    handover = send_handover_at(make)
    dodi = as_user("dodi")

    def count() -> int:
        with clock.freeze_time(MORNING), capture_statements() as sent:
            assert dodi.get(f"/handovers/show/{handover.id}").status_code == 200
        return len(sent)

    def fill() -> None:
        with clock.freeze_time(EVENING + timedelta(hours=1)):
            make.report(urgency=Urgency.emergency)
            make.follow_up(due_on=MORNING.date())

    fill()
    few = count()
    for _more in range(5):
        fill()
    assert count() == few <= 20
