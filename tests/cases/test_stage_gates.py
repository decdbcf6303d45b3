from datetime import timedelta
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask

from app.cases.enums import CaseStage, GoalResult, RiskLevel
from app.cases.models.case import Case
from app.cases.services.process import evaluate_goal
from app.cases.services.stages import advance_case, hold_case, skip_stages, step_back
from app.clients.enums import ConsentMethod, ConsentPurpose
from app.clients.services.clients import withdraw_consent
from app.core import clock
from app.core.errors import Conflict, PortalError
from app.db.transaction import transaction
from app.extensions import db
from tests.cases.support import AsUser, reload
from tests.support.concurrency import run_concurrently


def _advance(case: Case, by: object) -> None:
    with transaction(by=by):
        advance_case(case, by=by)


def test_each_stage_is_left_when_its_gate_is_open(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(by="admin")
    with pytest.raises(Conflict):
        _advance(case, people.admin)
    with transaction(by=people.admin):
        case.worker = people.rina
    _advance(case, people.rina)
    record_makers = (
        lambda: make.consent(client=case.client),
        lambda: make.assessment(case=case),
        lambda: make.goal(case=case),
        lambda: make.service(case=case),
    )
    for make_record in record_makers:
        stage = case.stage
        with pytest.raises(Conflict) as refusal:
            _advance(case, people.rina)
        assert refusal.value.link is not None
        assert reload(case).stage is stage
        made = make_record()
        _advance(case, people.rina)
    assert case.stage is CaseStage.evaluation
    with pytest.raises(Conflict):
        _advance(case, people.rina)
    from app.cases.models.process import PlanGoal

    (goal,) = db.session.query(PlanGoal).filter_by(case_id=made.case_id)
    with transaction(by=people.rina):
        evaluate_goal(goal, result=GoalResult.reached, by=people.rina)
    _advance(case, people.rina)
    _advance(case, people.rina)
    assert (case.stage.name, case.status.name) == ("aftercare", "aftercare")


def test_withdrawn_consent_closes_the_gate_and_an_exception_opens_it(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case()
    _advance(case, people.rina)
    consent = make.consent(client=case.client)
    with transaction(by=people.rina):
        withdraw_consent(consent, reason="Tidak mau", by=people.rina)
    with pytest.raises(Conflict):
        _advance(case, people.rina)
    make.consent(client=case.client, method=ConsentMethod.exception, exception_reason="Tidak sadar")
    _advance(case, people.rina)
    assert case.stage is CaseStage.assessment


@pytest.mark.parametrize("purpose", [purpose for purpose in ConsentPurpose if purpose.name != "service"])
def test_consent_to_anything_but_the_service_opens_no_gate(
    app: Flask, make: ModuleType, people: SimpleNamespace, purpose: ConsentPurpose
) -> None:
    case = make.case()
    _advance(case, people.rina)
    make.consent(client=case.client, purpose=purpose)
    with pytest.raises(Conflict):
        _advance(case, people.rina)
    assert reload(case).stage is CaseStage.contract


def test_skipping_needs_a_later_stage_and_the_gate_of_the_present_one(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case, rina = make.case(), people.rina
    with pytest.raises(PortalError) as refusal, transaction(by=rina):
        skip_stages(case, stage=CaseStage.engagement, reason="x", by=rina)
    assert refusal.value.field == "stage"
    _advance(case, rina)
    with pytest.raises(Conflict), transaction(by=rina):
        skip_stages(case, stage=CaseStage.intervention, reason="Darurat", by=rina)


def test_case_in_evaluation_steps_back_to_three_stages_only(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    rina = people.rina
    for stage in CaseStage:
        case = make.case()
        with transaction(by=rina):
            skip_stages(case, stage=CaseStage.evaluation, reason="Darurat", by=rina)
        if stage.name in ("assessment", "planning", "intervention"):
            with transaction(by=rina):
                step_back(case, stage=stage, reason="Belum cukup", by=rina)
            assert case.stage is stage
        else:
            with pytest.raises(PortalError), transaction(by=rina):
                step_back(case, stage=stage, reason="Belum cukup", by=rina)


def test_a_hold_ends_today_at_the_earliest(app: Flask, make: ModuleType, people: SimpleNamespace) -> None:
    case, rina = make.case(), people.rina
    with pytest.raises(PortalError) as refusal, transaction(by=rina):
        hold_case(case, reason="Sakit", until=clock.today() - timedelta(days=1), by=rina)
    assert refusal.value.field == "until"
    with transaction(by=rina):
        hold_case(case, reason="Sakit", until=clock.today(), by=rina)
    assert case.hold_until == clock.today()


@pytest.mark.both_databases
def test_two_colleagues_advance_at_the_same_second_and_one_wins(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case_id = make.case(team=[make.get_user("dodi")]).id
    version = db.session.get_one(Case, case_id).version

    def advance(number: int) -> int:
        client = clients[number]
        return client.post(f"/cases/{case_id}/advance", data={"version": version}).status_code

    clients = [as_user("rina"), as_user("dodi")]
    assert sorted(map(str, run_concurrently(2, advance))) == ["302", "409"]
    db.session.rollback()
    assert db.session.get_one(Case, case_id).stage is CaseStage.contract


@pytest.mark.parametrize(
    ("score", "risk"),
    [(0, "low"), (25, "low"), (26, "medium"), (50, "medium"), (51, "high"), (75, "high"), (76, "critical")],
)
def test_risk_level_is_that_of_the_newest_assessment(
    app: Flask, make: ModuleType, score: int, risk: str
) -> None:
    case = make.case()
    make.assessment(case=case, score=score)
    assert case.risk_level is RiskLevel[risk]
    make.assessment(case=case, score=100 - score)
    assert case.risk_level is not None


@pytest.mark.parametrize("score", ["-1", "101", "12.5", "banyak", ""])
def test_a_score_outside_is_refused_beside_its_field(
    app: Flask, make: ModuleType, as_user: AsUser, score: str
) -> None:
    data = {"case": make.case().id, "score": score, "summary": "Ringkasan saya"}
    answer = as_user("rina").post("/assessments/add", data=data)
    assert answer.status_code == 200
    assert 'id="score-error"' in answer.text
    assert "Ringkasan saya" in answer.text
