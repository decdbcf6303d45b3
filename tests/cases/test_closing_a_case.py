from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask

from app.cases.choices import CaseStage, ClosingReason
from app.cases.models import Case, CaseNote
from app.cases.services import cancel_follow_up, close_case, reopen_case
from app.core.errors import Conflict
from app.core.unit import unit
from tests.cases.support import AsUser, count_of, fresh


def _close(case: Case, by: object, summary: str = "Selesai") -> None:
    with unit(by=by):
        close_case(case, closing_reason=ClosingReason.goal_reached, closing_summary=summary, by=by)


def _reopen(case: Case, by: object) -> None:
    with unit(by=by):
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
        with unit(by=people.rina):
            cancel_follow_up(step, reason="Pindah", by=people.rina)
    assert as_user("rina").post(f"/cases/{case.id}/close", data=data).status_code == 302
    assert (fresh(case).status.name, case.closing_summary) == ("closed", "Pindah ke Palu")


def test_blanks_are_no_summary(app: Flask, make: ModuleType, as_user: AsUser) -> None:
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


def test_a_closed_case_takes_nothing_new_and_offers_to_be_reopened(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = make.case()
    _close(case, people.rina)
    answer = as_user("rina").post("/case-notes/add", data={"case": case.id, "text": "Datang lagi"})
    assert answer.status_code == 409
    assert f'href="/cases/{case.id}/reopen"' in answer.text
    assert "Datang lagi" in answer.text
    assert count_of(CaseNote) == 0
    for make_one in (make.service, make.follow_up, make.assessment, make.goal):
        with pytest.raises(Conflict):
            make_one(case=case)
