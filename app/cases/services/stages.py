"""How a case goes on: its stages with their gates, its rests, its end, and a new beginning."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models import Assessment, Case, PlanGoal, Service
from app.cases.services.events import record
from app.cases.services.rules import must_be_as_seen, must_work_on, not_in_past, said
from app.cases.states import CASE_MOVES, STEP_BACK_STAGES, CaseStage, CaseStatus, EventKind
from app.clients.choices import ConsentPurpose
from app.core.actor import Actor
from app.core.errors import Conflict, PortalError
from app.core.moves import move_named
from app.extensions import db

STAGES = list(CaseStage)


class Missing(NamedTuple):
    """What a case still needs before it leaves its stage, and where to add it."""

    sentence: str
    url: str
    text: str


def missing(case: Case) -> Missing | None:
    """Tell what keeps the case in its stage; None: it may go on."""
    gate = GATES.get(case.stage)
    return gate(case) if gate is not None else None


def next_stage(case: Case) -> CaseStage | None:
    """Tell which stage comes after the present one."""
    later = STAGES[STAGES.index(case.stage) + 1 :]
    return later[0] if later else None


def _has(model: Any, case: Case, *conditions: Any) -> bool:
    found = db.session.scalar(select(model.id).where(model.case_id == case.id, *conditions).limit(1))
    return found is not None


def _peksos(case: Case) -> Missing | None:
    if case.worker_id is not None:
        return None
    return Missing(
        _("No peksos is responsible yet: without one the case stays in this stage."),
        f"/cases/{case.id}/assign",
        _("Assign a peksos"),
    )


def _consent(case: Case) -> Missing | None:
    given = (one for one in case.client.consents if one.purpose is ConsentPurpose.service)
    if any(one.withdrawn_at is None for one in given):
        return None
    return Missing(
        _(
            "No consent to the service is in force. Record it, or why there is none"
            " (emergency, guardian, unable)."
        ),
        f"/consents/add?client={case.client_id}&purpose=service",
        _("Record consent"),
    )


def _assessment(case: Case) -> Missing | None:
    if _has(Assessment, case):
        return None
    return Missing(
        _("There is no finished assessment yet: a plan needs one."),
        f"/assessments/add?case={case.id}",
        _("Add an assessment"),
    )


def _goal(case: Case) -> Missing | None:
    if _has(PlanGoal, case):
        return None
    return Missing(
        _("The plan has no goal yet: name at least one."), f"/plan-goals/add?case={case.id}", _("Set a goal")
    )


def _service(case: Case) -> Missing | None:
    if _has(Service, case):
        return None
    return Missing(
        _("No service is recorded yet: there is nothing to evaluate."),
        f"/services/add?case={case.id}",
        _("Record a service"),
    )


def _results(case: Case) -> Missing | None:
    left = select(PlanGoal.id).where(PlanGoal.case_id == case.id, PlanGoal.result.is_(None))
    goal_id = db.session.scalar(left.order_by(PlanGoal.target_on, PlanGoal.id).limit(1))
    if goal_id is None:
        return None
    return Missing(
        _("A goal is not evaluated yet: say of each whether it was reached."),
        f"/plan-goals/{goal_id}/evaluate",
        _("Say what was reached"),
    )


GATES: dict[CaseStage, Callable[[Case], Missing | None]] = {
    CaseStage.engagement: _peksos,
    CaseStage.contract: _consent,
    CaseStage.assessment: _assessment,
    CaseStage.planning: _goal,
    CaseStage.intervention: _service,
    CaseStage.evaluation: _results,
}
"""What must be there before a stage is left; termination asks nothing more."""


def _pass_gate(case: Case) -> None:
    found = missing(case)
    if found is not None:
        raise Conflict(found.sentence, link=(found.url, found.text))


def _start(case: Case, move: str, by: Actor) -> None:
    """Nobody else moves the case now, nobody did since it was seen, and its state allows the move."""
    must_be_as_seen(case)
    must_work_on(case, by)
    move_named(CASE_MOVES, move).check(case)


def _go(case: Case, stage: CaseStage, by: Actor, reason: str | None = None, **told: Any) -> Case:
    """Change the stage; a case that rests goes on resting, unless the work is over."""
    previous, case.stage = case.stage, stage
    if stage is CaseStage.aftercare:
        case.status, case.hold_until = CaseStatus.aftercare, None
    data = {"previous": previous, "stage": stage, **told}
    record(case, EventKind.stage_moved, by=by, source=case, data=data, reason=reason)
    return case


def advance_case(case: Case, *, by: Actor) -> Case:
    """Go on to the next stage when the gate of the present one is open."""
    _start(case, "advance", by)
    stage = next_stage(case)
    if stage is None:
        raise Conflict(_("This is the last stage: what remains is to close the case."))
    _pass_gate(case)
    return _go(case, stage, by)


def skip_stages(case: Case, *, stage: CaseStage, reason: str, by: Actor) -> Case:
    """Go on to a later stage; the gate of the present one holds, those in between are left out on purpose."""
    _start(case, "skip", by)
    here, there = STAGES.index(case.stage), STAGES.index(stage)
    if there <= here:
        raise PortalError(_("Choose a stage after the present one."), field="stage")
    reason = said(reason, "reason")
    _pass_gate(case)
    return _go(case, stage, by, reason=reason, skipped=STAGES[here + 1 : there])


def step_back(case: Case, *, stage: CaseStage, reason: str, by: Actor) -> Case:
    """Return from the evaluation to assessment, planning or intervention."""
    _start(case, "step_back", by)
    if stage not in STEP_BACK_STAGES:
        raise PortalError(
            _("From the evaluation a case goes back to assessment, planning or intervention."), field="stage"
        )
    return _go(case, stage, by, reason=said(reason, "reason"))


def hold_case(case: Case, *, reason: str, until: date, by: Actor) -> Case:
    """Let the work rest until a day on which somebody asks again."""
    _start(case, "hold", by)
    not_in_past(until, "until")
    reason = said(reason, "reason")
    case.status, case.hold_until = CaseStatus.on_hold, until
    record(case, EventKind.case_held, by=by, source=case, data={"until": until}, reason=reason)
    return case


def resume_case(case: Case, *, by: Actor) -> Case:
    """Take the work up again."""
    _start(case, "resume", by)
    case.status, case.hold_until = CaseStatus.active, None
    record(case, EventKind.case_resumed, by=by, source=case)
    return case
