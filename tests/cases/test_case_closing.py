from io import BytesIO
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.cases.enums import CaseStage, ClosingReason, GoalResult
from app.cases.models.case import Case
from app.cases.models.entries import CaseNote
from app.cases.models.event import CaseEvent
from app.cases.services.cases import update_case
from app.cases.services.closing import close_case, reopen_case
from app.cases.services.entries import cancel_follow_up
from app.cases.services.process import evaluate_goal
from app.core.errors import Conflict
from app.db.transaction import transaction
from app.extensions import db
from tests.cases.support import AsUser, count_rows, reload
from tests.support.fixed_clock import FAR_AHEAD


def _close(case: Case, by: object, summary: str = "Selesai") -> None:
    with transaction(by=by):
        close_case(case, closing_reason=ClosingReason.goal_reached, closing_summary=summary, by=by)


def _reopen(case: Case, by: object) -> None:
    with transaction(by=by):
        reopen_case(case, stage=CaseStage.assessment, reason="Kembali", by=by)


def test_closing_names_everything_that_is_open_with_a_link(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = make.case()
    steps = [make.follow_up(case=case), make.follow_up(case=case)]
    data = {"version": case.version, "closing_reason": "moved", "closing_summary": "Pindah ke Palu"}
    answer = as_user("rina").post(f"/cases/{case.id}/close", data=data)
    assert answer.status_code == 409
    assert all(f'href="/follow-ups/show/{step.id}"' in answer.text for step in steps)
    assert "Pindah ke Palu" in answer.text
    for step in steps:
        with transaction(by=people.rina):
            cancel_follow_up(step, reason="Pindah", by=people.rina)
    assert as_user("rina").post(f"/cases/{case.id}/close", data=data).status_code == 302
    assert (reload(case).status.name, case.closing_summary) == ("closed", "Pindah ke Palu")


def test_blank_summary_is_refused(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case = make.case()
    data = {"version": case.version, "closing_reason": "moved", "closing_summary": "   "}
    answer = as_user("rina").post(f"/cases/{case.id}/close", data=data)
    assert answer.status_code == 200
    assert 'id="closing_summary-error"' in answer.text


def test_reopening_keeps_every_earlier_closure(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = make.case()
    for round_ in ("Pertama", "Kedua"):
        _close(case, people.rina, round_)
        _reopen(case, people.rina)
    assert (case.is_reopened, case.closed_at, case.stage) == (True, None, CaseStage.assessment)
    assert [closure.closing_summary for closure in case.earlier_closures] == ["Pertama", "Kedua"]
    page = as_user("kabid").get(f"/cases/show/{case.id}").text
    assert "Pertama" in page
    assert "Kedua" in page
    _close(case, people.rina, "Ketiga")
    assert not case.is_reopened


def test_closed_case_takes_no_entry_without_a_reopening_stage(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = make.case()
    _close(case, people.rina)
    answer = as_user("rina").post("/case-notes/add", data={"case": case.id, "text": "Datang lagi"})
    assert answer.status_code == 409
    assert 'id="reopen_stage-error"' in answer.text
    assert "Datang lagi" in answer.text
    assert count_rows(CaseNote) == 0
    for make_one in (make.service, make.follow_up, make.assessment, make.goal, make.attachment):
        with pytest.raises(Conflict) as refusal:
            make_one(case=case)
        assert refusal.value.field == "reopen_stage"


ENTRIES: dict[str, tuple[str, dict[str, str]]] = {
    "services": ("service_given", {"kind": "outreach", "narrative": "Malam ini datang lagi"}),
    "case-notes": ("note_added", {"text": "Datang lagi"}),
    "follow-ups": ("follow_up_set", {"title": "Kunjungan", "due_on": str(FAR_AHEAD)}),
    "assessments": ("assessment_added", {"score": "80", "summary": "Lebih berat"}),
    "plan-goals": ("goal_set", {"goal": "Aman", "activity": "Jaga", "target_on": str(FAR_AHEAD)}),
    "attachments": ("attachment_added", {"title": "Foto"}),
}


@pytest.mark.parametrize("room", ENTRIES)
def test_an_entry_reopens_its_case_in_the_same_step(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser, room: str
) -> None:
    case, rina = make.case(), as_user("rina")
    event, typed = ENTRIES[room]
    assert 'name="reopen_stage"' not in rina.get(f"/{room}/add?case={case.id}").text
    _close(case, people.rina)
    assert 'name="reopen_stage"' in rina.get(f"/{room}/add?case={case.id}").text

    def send(**more: str) -> TestResponse:
        upload = {"file": (BytesIO(b"%PDF-1.7 surat"), "surat.pdf")} if room == "attachments" else {}
        return rina.post(f"/{room}/add", data={"case": case.id, **typed, **more, **upload})

    before = count_rows(CaseEvent)
    answer = send(reopen_stage="intervention", reopen_reason="  ")
    assert (answer.status_code, 'id="reopen_reason-error"' in answer.text) == (200, True)
    assert (reload(case).status.name, count_rows(CaseEvent)) == ("closed", before), (
        "the entry and the reopening are one transaction"
    )
    assert send(reopen_stage="intervention", reopen_reason="Kembali dipukul").status_code == 302
    assert (reload(case).status.name, case.stage, case.is_reopened) == (
        "active",
        CaseStage.intervention,
        True,
    )
    events = db.session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc()).limit(2)).all()
    assert [one.kind for one in events] == [event, "case_reopened"]


def test_closed_case_cannot_be_edited(as_user: AsUser, make: ModuleType, people: SimpleNamespace) -> None:
    case = make.case()
    end = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
    make.apply_transition(case, close_case, **end)
    for who in ("rina", "admin"):
        assert as_user(who).get(f"/cases/edit/{case.id}").status_code == 403
        assert f"/cases/edit/{case.id}" not in as_user(who).get_page(f"/cases/show/{case.id}")
    with pytest.raises(Conflict), transaction(by=people.rina):
        update_case(case, {"presenting_problem": "Lain"}, by=people.rina)


def test_no_goal_of_a_closed_case_is_evaluated(as_user: AsUser, make: ModuleType) -> None:
    goal = make.goal()
    make.apply_transition(goal, evaluate_goal, result=GoalResult.partly)
    end = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
    make.apply_transition(goal.case, close_case, **end)
    data = {"version": reload(goal).version, "result": "reached"}
    assert as_user("rina").post(f"/plan-goals/{goal.id}/evaluate", data=data).status_code == 409
    assert reload(goal).result is GoalResult.partly


def test_user_outside_the_team_does_not_reopen(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = make.case()
    _close(case, people.rina)
    data = {"case": case.id, "text": "x", "reopen_stage": "assessment", "reopen_reason": "Kembali"}
    assert as_user("sari").post("/case-notes/add", data=data).status_code == 409
    assert (reload(case).status.name, count_rows(CaseNote)) == ("closed", 0)
