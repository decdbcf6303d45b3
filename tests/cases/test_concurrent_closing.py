"""Closing a case and adding a follow-up at the same time: no closed case has an open follow-up."""

from concurrent.futures import ThreadPoolExecutor
from types import ModuleType, SimpleNamespace

from app.cases.enums import ClosingReason
from app.cases.models.entries import FollowUp
from app.cases.services.closing import close_case
from app.cases.services.entries import set_follow_up
from app.db.transaction import transaction
from tests.cases.support import AsUser, count_rows, reload
from tests.support.concurrency import start_concurrently
from tests.support.fixed_clock import days_ahead


def test_follow_up_that_is_being_set_keeps_the_case_open(
    make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case, rina = make.case(), as_user("rina")
    page = f"/cases/{case.id}/close"
    data = {"version": case.version, "closing_reason": "moved", "closing_summary": "Pindah ke Palu"}
    with ThreadPoolExecutor(1) as pool, transaction(by=people.rina):
        step = set_follow_up({"case": case, "title": "Kunjungan", "due_on": days_ahead(3)}, by=people.rina)
        closing = start_concurrently(pool, lambda: rina.post(page, data=data))
    answer = closing.result()
    assert answer.status_code == 409
    assert f'href="/follow-ups/show/{step.id}"' in answer.text
    assert reload(case).status.name == "active"


def test_case_that_is_being_closed_takes_no_follow_up(
    make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case, rina = make.case(), as_user("rina")
    data = {"case": case.id, "title": "Kunjungan", "due_on": str(days_ahead(3))}
    ending = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
    with ThreadPoolExecutor(1) as pool, transaction(by=people.rina):
        close_case(case, **ending, by=people.rina)
        adding = start_concurrently(pool, lambda: rina.post("/follow-ups/add", data=data))
    answer = adding.result()
    assert answer.status_code == 409
    assert 'id="reopen_stage-error"' in answer.text
    assert (reload(case).status.name, count_rows(FollowUp)) == ("closed", 0)
