"""Rights are asked again once the case is locked: a colleague may have taken them away meanwhile."""

import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from app.cases.choices import ServiceKind
from app.cases.models import Case, CaseEvent, FollowUp
from app.cases.services import (
    add_note,
    advance_case,
    finish_follow_up,
    give_service,
    raise_confidentiality,
    set_follow_up,
    take_up_report,
    update_case,
)
from app.core.errors import Conflict, Forbidden
from app.core.unit import unit
from app.extensions import db
from app.reference.choices import Confidentiality
from tests.cases.support import AsUser, count_of, fresh
from tests.support.together import run_together

SAVES: dict[str, Callable[[Case, Any], Any]] = {
    "service": lambda case, by: give_service(
        {"case": case, "kind": ServiceKind.advocacy, "narrative": "Ke kelurahan"}, by=by
    ),
    "note": lambda case, by: add_note({"case": case, "text": "Datang"}, by=by),
}


@pytest.mark.parametrize("what", SAVES)
def test_who_is_cut_off_while_his_save_waits_saves_nothing(app: Flask, make: ModuleType, what: str) -> None:
    case_id = make.case(by="rina").id
    read, hidden = threading.Event(), threading.Event()

    def act(number: int) -> Any:
        if number == 0:
            rina = make.person("rina")
            with unit(by=rina):
                case = db.session.get_one(Case, case_id)
                raise_confidentiality(case, confidentiality=Confidentiality.secret, reason="Anak", by=rina)
                hidden.set()
                read.wait(2)  # on SQLite the other one waits for our end before he reads
            return None
        hidden.wait(10)
        sari = make.person("sari")
        with unit(by=sari):
            case = db.session.get_one(Case, case_id)
            read.set()
            return SAVES[what](case, sari)

    answers = run_together(2, act)
    assert answers[0] is None
    assert isinstance(answers[1], Forbidden)
    db.session.rollback()
    assert count_of(CaseEvent) == 2


def test_every_verb_asks_who_may_know_of_the_case(app: Flask, make: ModuleType) -> None:
    case = make.case(by="rina", confidentiality=Confidentiality.secret)
    follow_up, report, sari = make.follow_up(case=case), make.report(), make.person("sari")
    calls: list[Callable[[], Any]] = [
        *(lambda save=save: save(case, sari) for save in SAVES.values()),
        lambda: advance_case(case, by=sari),
        lambda: update_case(case, {"presenting_problem": "Lain"}, by=sari),
        lambda: finish_follow_up(follow_up, result="Sudah", by=sari),
        lambda: set_follow_up({"case": case, "title": "x", "due_on": follow_up.due_on}, by=sari),
        lambda: take_up_report(report, case=case, by=sari),
    ]
    for call in calls:
        with pytest.raises(Forbidden), unit(by=sari):
            call()


def test_who_sees_a_case_but_is_not_on_its_team_moves_nothing(app: Flask, make: ModuleType) -> None:
    case, sari = make.case(by="rina"), make.person("sari")
    follow_up = make.follow_up(case=case)
    for call in (
        lambda: advance_case(case, by=sari),
        lambda: update_case(case, {"presenting_problem": "Lain"}, by=sari),
        lambda: finish_follow_up(follow_up, result="Sudah", by=sari),
    ):
        with pytest.raises(Forbidden), unit(by=sari):
            call()


def test_a_hand_over_and_a_result_at_the_same_moment_do_not_wait_for_each_other(
    app: Flask, make: ModuleType
) -> None:
    from app.cases.services import hand_over_caseload

    ids = [make.follow_up().id for _ in range(6)]

    def act(number: int) -> Any:
        me = make.person("admin" if number == 0 else "rina")
        with unit(by=me):
            if number == 0:
                dodi = make.person("dodi")
                return len(
                    hand_over_caseload(worker=make.person("rina"), successor=dodi, reason="Cuti", by=me)
                )
            return finish_follow_up(db.session.get_one(FollowUp, ids[number - 1]), result="Sudah", by=me).id

    answers = run_together(7, act)
    assert [one for one in answers if not isinstance(one, int | Conflict)] == []


def test_a_second_press_of_join_is_told_kindly(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case = make.case(by="rina")
    dodi, version = as_user("dodi"), case.version
    assert dodi.post(f"/cases/{case.id}/join", data={"version": version}).status_code == 302
    again = dodi.post(f"/cases/{case.id}/join", data={"version": fresh(case).version})
    assert again.status_code == 409
    assert f"/cases/{case.id}/join" not in dodi.get(f"/cases/show/{case.id}").text
    assert count_of(CaseEvent) == 2
