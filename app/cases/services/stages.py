"""Stages of a case: the requirements for leaving each of them, the changes of stage, and the hold."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.enums import CaseStage, CaseStatus
from app.cases.event_types import CASE_PUT_ON_HOLD, CASE_RESUMED, STAGE_MOVED
from app.cases.models.case import Case
from app.cases.models.entries import Service
from app.cases.models.process import Assessment, PlanGoal
from app.cases.services.events import record_event
from app.cases.services.rules import require_team_or_admin
from app.cases.transitions import CASE_TRANSITIONS, STEP_BACK_STAGES
from app.clients.enums import ConsentPurpose
from app.clients.models.client import Consent
from app.core.actor import Actor
from app.core.checks import require_not_in_past, require_text
from app.core.errors import Conflict, PortalError
from app.core.records import AddFormRef, RecordLink, RecordRef
from app.core.transitions import get_transition
from app.db.records import lock_and_check_version
from app.extensions import db

STAGES = list(CaseStage)


class MissingRequirement(NamedTuple):
    """What a case still needs before it leaves its stage, and where to add it."""

    sentence: str
    link: RecordLink


def find_missing_requirement(case: Case) -> MissingRequirement | None:
    """Return what keeps the case in its stage; None if it may go on."""
    check = STAGE_CHECKS.get(case.stage)
    return check(case) if check is not None else None


def get_next_stage(case: Case) -> CaseStage | None:
    """Return the stage after the present one; None for the last stage."""
    later_stages = STAGES[STAGES.index(case.stage) + 1 :]
    return later_stages[0] if later_stages else None


def _has_record(model: Any, case: Case, *conditions: Any) -> bool:
    record_id = db.session.scalar(select(model.id).where(model.case_id == case.id, *conditions).limit(1))
    return record_id is not None


def _check_worker(case: Case) -> MissingRequirement | None:
    if case.worker_id is not None:
        return None
    return MissingRequirement(
        _("No peksos is responsible yet: without one the case stays in this stage."),
        RecordLink(RecordRef(Case, case.id, "assign"), _("Assign a peksos")),
    )


def _check_consent(case: Case) -> MissingRequirement | None:
    service_consents = (
        consent for consent in case.client.consents if consent.purpose is ConsentPurpose.service
    )
    if any(consent.withdrawn_at is None for consent in service_consents):
        return None
    return MissingRequirement(
        _(
            "No consent to the service is in force. Record it, or why there is none"
            " (emergency, guardian, unable)."
        ),
        RecordLink(
            AddFormRef(Consent, {"client": case.client_id, "purpose": ConsentPurpose.service.name}),
            _("Record consent"),
        ),
    )


def _check_assessment(case: Case) -> MissingRequirement | None:
    if _has_record(Assessment, case):
        return None
    return MissingRequirement(
        _("There is no finished assessment yet: a plan needs one."),
        RecordLink(AddFormRef(Assessment, {"case": case.id}), _("Add an assessment")),
    )


def _check_goal(case: Case) -> MissingRequirement | None:
    if _has_record(PlanGoal, case):
        return None
    return MissingRequirement(
        _("The plan has no goal yet: name at least one."),
        RecordLink(AddFormRef(PlanGoal, {"case": case.id}), _("Set a goal")),
    )


def _check_service(case: Case) -> MissingRequirement | None:
    if _has_record(Service, case):
        return None
    return MissingRequirement(
        _("No service is recorded yet: there is nothing to evaluate."),
        RecordLink(AddFormRef(Service, {"case": case.id}), _("Record a service")),
    )


def _check_results(case: Case) -> MissingRequirement | None:
    unevaluated_goals = select(PlanGoal.id).where(PlanGoal.case_id == case.id, PlanGoal.result.is_(None))
    goal_id = db.session.scalar(unevaluated_goals.order_by(PlanGoal.target_on, PlanGoal.id).limit(1))
    if goal_id is None:
        return None
    return MissingRequirement(
        _("A goal is not evaluated yet: say of each whether it was reached."),
        RecordLink(RecordRef(PlanGoal, goal_id, "evaluate"), _("Say what was reached")),
    )


STAGE_CHECKS: dict[CaseStage, Callable[[Case], MissingRequirement | None]] = {
    CaseStage.engagement: _check_worker,
    CaseStage.contract: _check_consent,
    CaseStage.assessment: _check_assessment,
    CaseStage.planning: _check_goal,
    CaseStage.intervention: _check_service,
    CaseStage.evaluation: _check_results,
}
"""Stage -> check that must pass before the case leaves it; termination has none."""


def _require_stage_complete(case: Case) -> None:
    requirement = find_missing_requirement(case)
    if requirement is not None:
        raise Conflict(requirement.sentence, link=requirement.link)


def _start_transition(case: Case, transition_name: str, by: Actor) -> None:
    """Lock the case; check its version, the user and the state for the transition."""
    lock_and_check_version(case)
    require_team_or_admin(case, by)
    get_transition(CASE_TRANSITIONS, transition_name).check_allowed(case)


def _set_stage(case: Case, stage: CaseStage, by: Actor, reason: str | None = None, **payload: Any) -> Case:
    """Set the stage and record the event; a case on hold stays so, except in aftercare."""
    previous, case.stage = case.stage, stage
    if stage is CaseStage.aftercare:
        case.status, case.hold_until = CaseStatus.aftercare, None
    data = {"previous": previous, "stage": stage, **payload}
    record_event(case, STAGE_MOVED, by=by, source=case, data=data, reason=reason)
    return case


def advance_case(case: Case, *, by: Actor) -> Case:
    """Go to the next stage; raise Conflict if the requirement of the present one is not met."""
    _start_transition(case, "advance", by)
    stage = get_next_stage(case)
    if stage is None:
        raise Conflict(_("This is the last stage: what remains is to close the case."))
    _require_stage_complete(case)
    return _set_stage(case, stage, by)


def skip_stages(case: Case, *, stage: CaseStage, reason: str, by: Actor) -> Case:
    """Go to a later stage; the present one's requirement must be met, those between are skipped."""
    _start_transition(case, "skip", by)
    current_index, target_index = STAGES.index(case.stage), STAGES.index(stage)
    if target_index <= current_index:
        raise PortalError(_("Choose a stage after the present one."), field="stage")
    reason = require_text(reason, "reason")
    _require_stage_complete(case)
    return _set_stage(case, stage, by, reason=reason, skipped=STAGES[current_index + 1 : target_index])


def step_back(case: Case, *, stage: CaseStage, reason: str, by: Actor) -> Case:
    """Go back from the evaluation to assessment, planning or intervention."""
    _start_transition(case, "step_back", by)
    if stage not in STEP_BACK_STAGES:
        raise PortalError(
            _("From the evaluation a case goes back to assessment, planning or intervention."), field="stage"
        )
    return _set_stage(case, stage, by, reason=require_text(reason, "reason"))


def hold_case(case: Case, *, reason: str, until: date, by: Actor) -> Case:
    """Put the case on hold until a day on which somebody looks at it again."""
    _start_transition(case, "hold", by)
    require_not_in_past(until, "until")
    reason = require_text(reason, "reason")
    case.status, case.hold_until = CaseStatus.on_hold, until
    record_event(case, CASE_PUT_ON_HOLD, by=by, source=case, data={"until": until}, reason=reason)
    return case


def resume_case(case: Case, *, by: Actor) -> Case:
    """Resume the work on a case that was on hold."""
    _start_transition(case, "resume", by)
    case.status, case.hold_until = CaseStatus.active, None
    record_event(case, CASE_RESUMED, by=by, source=case)
    return case
