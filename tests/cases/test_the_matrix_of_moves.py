"""Every move of a case from every stage and status, by every role, as `states.py` says it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from app.cases.choices import CaseStage, CaseStatus, ClosingReason
from app.cases.models import Case
from app.cases.services import close_case, hold_case, skip_stages
from app.cases.states import CASE_MOVES
from app.core import clock
from app.core.moves import Move
from app.core.unit import unit
from app.security.roles import allows
from tests.cases.support import AsUser, fresh
from tests.support.now import FAR_AHEAD
from tests.support.portal import person

FIELDS: dict[str, Any] = {
    "stage": "aftercare",
    "reason": "Alasan",
    "until": str(FAR_AHEAD),
    "closing_reason": "goal_reached",
    "closing_summary": "Selesai",
}
PROCESS = ("advance", "skip", "step_back", "hold", "resume", "close", "reopen")
MOVES = [move for move in CASE_MOVES if move.name in PROCESS]
STAGES = list(CaseStage)[:-1]
PLACES = [(stage, CaseStatus.active) for stage in STAGES]
PLACES += [
    (CaseStage.aftercare, CaseStatus.aftercare),
    (CaseStage.intervention, CaseStatus.on_hold),
    (CaseStage.intervention, CaseStatus.closed),
    (CaseStage.aftercare, CaseStatus.closed),
]


@pytest.fixture
def stand(app: Flask, make: ModuleType) -> Callable[..., Case]:
    """A case of Rina at that stage and status, with all that a gate could ask for."""

    def make_one(stage: CaseStage, status: CaseStatus) -> Case:
        case = make.case(by="rina")
        make.consent(client=case.client)
        make.assessment(case=case)
        make.goal(case=case)
        make.service(case=case)
        rina = person("rina")
        with unit(by=rina):
            for goal_stage in [stage] if stage is not CaseStage.engagement else []:
                skip_stages(case, stage=goal_stage, reason="Darurat", by=rina)
            if status is CaseStatus.on_hold:
                hold_case(case, reason="Sakit", until=clock.today(), by=rina)
            if status is CaseStatus.closed:
                why = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
                close_case(case, **why, by=rina)
        return case

    return make_one


def expected(move: Move, case: Case, who: str) -> int:
    if not allows(person(who), f"can_{move.name}", "CaseView") or who == "sari":
        return 403
    if not move.starts_from(case):
        return 409
    if move.name == "advance" and case.stage is CaseStage.evaluation:
        return 409  # its goal is not evaluated
    return 302


@pytest.mark.parametrize("who", ["admin", "rina", "sari", "kabid"])
@pytest.mark.parametrize(("stage", "status"), PLACES, ids=lambda member: member.name)
def test_a_move_is_made_from_where_it_is_legal_by_who_may(
    stand: Callable[..., Case], as_user: AsUser, who: str, stage: CaseStage, status: CaseStatus
) -> None:
    client, wrong = as_user(who), []
    case = stand(stage, status)
    for move in MOVES:
        before = (case.stage, case.status)
        fields = {**FIELDS, "stage": "planning" if move.name in ("step_back", "reopen") else "aftercare"}
        asked = {name: fields[name] for name in move.asks}
        wanted = expected(move, case, who)
        if move.name == "skip" and stage is CaseStage.evaluation and wanted == 302:
            wanted = 409
        answer = client.post(f"/cases/{case.id}/{move.name}", data={"version": case.version, **asked})
        after = (fresh(case).stage, case.status)
        if answer.status_code != wanted or ((after != before) != (wanted == 302)):
            wrong.append(f"{move.name}: {answer.status_code}, not {wanted}: {before} -> {after}")
        if after != before:
            case = stand(stage, status)
    assert wrong == []


def test_a_move_without_its_fields_comes_back_with_what_was_typed(
    stand: Callable[..., Case], as_user: AsUser
) -> None:
    case = stand(CaseStage.contract, CaseStatus.active)
    for move in (move for move in MOVES if move.starts_from(case) and move.needs):
        for missing in move.needs:
            said = {name: FIELDS[name] for name in move.asks if name != missing}
            data = {"version": case.version, **said}
            answer = as_user("rina").post(f"/cases/{case.id}/{move.name}", data=data)
            assert answer.status_code == 200, move.name
            assert f'id="{missing}-error"' in answer.text
            assert all(value in answer.text for value in said.values())
