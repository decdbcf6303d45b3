"""Every transition of a case from every stage and status, by every role; see `CASE_TRANSITIONS`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from app.cases.enums import CaseStage, CaseStatus, ClosingReason
from app.cases.models.case import Case
from app.cases.services.closing import close_case
from app.cases.services.stages import hold_case, skip_stages
from app.cases.transitions import CASE_TRANSITIONS
from app.core import clock
from app.core.transitions import Transition
from app.db.transaction import transaction
from tests.cases.support import AsUser, reload
from tests.support.accounts import is_permitted
from tests.support.fixed_clock import FAR_AHEAD
from tests.support.portal import get_user

FIELDS: dict[str, Any] = {
    "stage": "aftercare",
    "reason": "Alasan",
    "until": str(FAR_AHEAD),
    "closing_reason": "goal_reached",
    "closing_summary": "Selesai",
}
PROCESS_NAMES = ("advance", "skip", "step_back", "hold", "resume", "close", "reopen")
TRANSITIONS = [transition for transition in CASE_TRANSITIONS if transition.name in PROCESS_NAMES]
STAGES = list(CaseStage)[:-1]
STAGES_AND_STATUSES = [(stage, CaseStatus.active) for stage in STAGES]
STAGES_AND_STATUSES += [
    (CaseStage.aftercare, CaseStatus.aftercare),
    (CaseStage.intervention, CaseStatus.on_hold),
    (CaseStage.intervention, CaseStatus.closed),
    (CaseStage.aftercare, CaseStatus.closed),
]


@pytest.fixture
def case_in_state(app: Flask, make: ModuleType) -> Callable[..., Case]:
    """Return a function that makes Rina's case in a stage and status, with the gates of all stages open."""

    def make_one(stage: CaseStage, status: CaseStatus) -> Case:
        case = make.case(by="rina")
        make.consent(client=case.client)
        make.assessment(case=case)
        make.goal(case=case)
        make.service(case=case)
        rina = get_user("rina")
        with transaction(by=rina):
            for goal_stage in [stage] if stage is not CaseStage.engagement else []:
                skip_stages(case, stage=goal_stage, reason="Darurat", by=rina)
            if status is CaseStatus.on_hold:
                hold_case(case, reason="Sakit", until=clock.today(), by=rina)
            if status is CaseStatus.closed:
                why = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
                close_case(case, **why, by=rina)
        return case

    return make_one


def expected_status(transition: Transition, case: Case, who: str) -> int:
    if not is_permitted(get_user(who), f"can_{transition.name}", "CaseView") or who == "sari":
        return 403
    if not transition.is_allowed(case):
        return 409
    if transition.name == "advance" and case.stage is CaseStage.evaluation:
        return 409  # its goal is not evaluated
    return 302


@pytest.mark.parametrize("who", ["admin", "rina", "sari", "kabid"])
@pytest.mark.parametrize(("stage", "status"), STAGES_AND_STATUSES, ids=lambda member: member.name)
def test_transition_is_made_from_its_sources_by_permitted_roles(
    case_in_state: Callable[..., Case], as_user: AsUser, who: str, stage: CaseStage, status: CaseStatus
) -> None:
    client, wrong = as_user(who), []
    case = case_in_state(stage, status)
    for transition in TRANSITIONS:
        before = (case.stage, case.status)
        fields = {
            **FIELDS,
            "stage": "planning" if transition.name in ("step_back", "reopen") else "aftercare",
        }
        form_data = {name: fields[name] for name in transition.fields}
        wanted = expected_status(transition, case, who)
        if transition.name == "skip" and stage is CaseStage.evaluation and wanted == 302:
            wanted = 409
        answer = client.post(
            f"/cases/{case.id}/{transition.name}", data={"version": case.version, **form_data}
        )
        after = (reload(case).stage, case.status)
        if answer.status_code != wanted or ((after != before) != (wanted == 302)):
            wrong.append(f"{transition.name}: {answer.status_code}, not {wanted}: {before} -> {after}")
        if after != before:
            case = case_in_state(stage, status)
    assert wrong == []


def test_transition_without_a_required_field_is_refused_and_keeps_what_was_typed(
    case_in_state: Callable[..., Case], as_user: AsUser
) -> None:
    case = case_in_state(CaseStage.contract, CaseStatus.active)
    for transition in (
        transition for transition in TRANSITIONS if transition.is_allowed(case) and transition.required
    ):
        for missing in transition.required:
            form_data = {name: FIELDS[name] for name in transition.fields if name != missing}
            data = {"version": case.version, **form_data}
            answer = as_user("rina").post(f"/cases/{case.id}/{transition.name}", data=data)
            assert answer.status_code == 200, transition.name
            assert f'id="{missing}-error"' in answer.text
            assert all(value in answer.text for value in form_data.values())
