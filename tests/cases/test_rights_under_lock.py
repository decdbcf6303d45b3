"""Services check permissions again after locking the case: another transaction may have removed them."""

import threading
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.cases.enums import FollowUpState, ServiceKind
from app.cases.models.case import Case
from app.cases.models.entries import FollowUp
from app.cases.models.event import CaseEvent
from app.cases.services.cases import raise_confidentiality, update_case
from app.cases.services.entries import (
    add_note,
    cancel_follow_up,
    finish_follow_up,
    give_service,
    set_follow_up,
)
from app.cases.services.reports import take_up_report
from app.cases.services.stages import advance_case
from app.core.errors import Conflict, Forbidden
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from tests.cases.support import AsUser, count_rows, reload
from tests.support.concurrency import run_concurrently

ENTRY_SERVICES: dict[str, Callable[[Case, Any], Any]] = {
    "service": lambda case, by: give_service(
        {"case": case, "kind": ServiceKind.advocacy, "narrative": "Ke kelurahan"}, by=by
    ),
    "note": lambda case, by: add_note({"case": case, "text": "Datang"}, by=by),
}


@pytest.mark.parametrize("what", ENTRY_SERVICES)
def test_user_who_loses_access_while_waiting_for_the_lock_saves_nothing(
    app: Flask, make: ModuleType, what: str
) -> None:
    case_id = make.case(by="rina").id
    read, hidden = threading.Event(), threading.Event()

    def act(number: int) -> Any:
        if number == 0:
            rina = make.get_user("rina")
            with transaction(by=rina):
                case = db.session.get_one(Case, case_id)
                raise_confidentiality(case, confidentiality=Confidentiality.secret, reason="Anak", by=rina)
                hidden.set()
                read.wait(2)  # on SQLite the other transaction cannot begin before this one ends
            return None
        hidden.wait(10)
        sari = make.get_user("sari")
        with transaction(by=sari):
            case = db.session.get_one(Case, case_id)
            read.set()
            return ENTRY_SERVICES[what](case, sari)

    answers = run_concurrently(2, act)
    assert answers[0] is None
    assert isinstance(answers[1], Forbidden)
    db.session.rollback()
    assert count_rows(CaseEvent) == 2


def test_every_service_refuses_a_user_who_does_not_see_the_case(app: Flask, make: ModuleType) -> None:
    case = make.case(by="rina", confidentiality=Confidentiality.secret)
    follow_up, report, sari = make.follow_up(case=case), make.report(), make.get_user("sari")
    calls: list[Callable[[], Any]] = [
        *(lambda save=save: save(case, sari) for save in ENTRY_SERVICES.values()),
        lambda: advance_case(case, by=sari),
        lambda: update_case(case, {"presenting_problem": "Lain"}, by=sari),
        lambda: finish_follow_up(follow_up, result="Sudah", by=sari),
        lambda: set_follow_up({"case": case, "title": "x", "due_on": follow_up.due_on}, by=sari),
        lambda: take_up_report(report, case=case, by=sari),
    ]
    for call in calls:
        with pytest.raises(Forbidden), transaction(by=sari):
            call()


def test_user_who_lost_the_case_ends_no_follow_up_of_their_own(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(by="rina")
    follow_up = make.follow_up(case=case, assignee=people.sari)
    make.apply_transition(case, raise_confidentiality, confidentiality=Confidentiality.secret, reason="Anak")
    for end in (
        lambda: finish_follow_up(follow_up, result="Sudah", by=people.sari),
        lambda: cancel_follow_up(follow_up, reason="Batal", by=people.sari),
    ):
        with pytest.raises(Forbidden), transaction(by=people.sari):
            end()
    assert reload(follow_up).state is FollowUpState.open


def test_user_outside_the_team_changes_nothing(app: Flask, make: ModuleType) -> None:
    case, sari = make.case(by="rina"), make.get_user("sari")
    follow_up = make.follow_up(case=case)
    for call in (
        lambda: advance_case(case, by=sari),
        lambda: update_case(case, {"presenting_problem": "Lain"}, by=sari),
        lambda: finish_follow_up(follow_up, result="Sudah", by=sari),
    ):
        with pytest.raises(Forbidden), transaction(by=sari):
            call()


def test_concurrent_hand_over_and_results_do_not_deadlock(app: Flask, make: ModuleType) -> None:
    from app.cases.services.caseload import hand_over_caseload

    ids = [make.follow_up().id for _ in range(6)]

    def act(number: int) -> Any:
        me = make.get_user("admin" if number == 0 else "rina")
        with transaction(by=me):
            if number == 0:
                dodi = make.get_user("dodi")
                return len(
                    hand_over_caseload(worker=make.get_user("rina"), successor=dodi, reason="Cuti", by=me)
                )
            return finish_follow_up(db.session.get_one(FollowUp, ids[number - 1]), result="Sudah", by=me).id

    answers = run_concurrently(7, act)
    assert [one for one in answers if not isinstance(one, int | Conflict)] == []


def test_second_join_is_a_conflict(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case = make.case(by="rina")
    dodi, version = as_user("dodi"), case.version
    assert dodi.post(f"/cases/{case.id}/join", data={"version": version}).status_code == 302
    again = dodi.post(f"/cases/{case.id}/join", data={"version": reload(case).version})
    assert again.status_code == 409
    assert f"/cases/{case.id}/join" not in dodi.get(f"/cases/show/{case.id}").text
    assert count_rows(CaseEvent) == 2
