"""Assessments, goals of the plan, and corrections of entries: added, never rewritten."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.enums import GoalResult
from app.cases.event_types import (
    ASSESSMENT_ADDED,
    GOAL_EVALUATED,
    GOAL_SET,
    NOTE_ADDED,
    NOTE_CORRECTED,
    SERVICE_CORRECTED,
    SERVICE_GIVEN,
)
from app.cases.events import EventType
from app.cases.models.case import Case
from app.cases.models.entries import CaseNote, Service
from app.cases.models.event import CaseEvent
from app.cases.models.process import Assessment, EntryCorrection, PlanGoal
from app.cases.policy import CorrectableEntryPolicy, PlanGoalPolicy
from app.cases.services.closing import prepare_entry_values
from app.cases.services.events import record_event
from app.cases.services.rules import require_assignable_user, require_open_case
from app.core import clock
from app.core.actor import PEKSOS, Actor, has_role
from app.core.checks import require_not_in_future, require_not_in_past, require_text
from app.core.errors import Conflict, Forbidden, PortalError
from app.db.records import FormData, create, lock_and_check_version, touch
from app.extensions import db
from app.security.services.users import get_acting_user, require_active_peksos


def add_assessment(data: FormData, *, by: Actor) -> Assessment:
    """Add a finished assessment; the newest one sets the risk level of the case."""
    require_not_in_future(data.get("happened_at"), "happened_at")
    if not 0 <= data["score"] <= 100:
        raise PortalError(_("Choose a score from 0 to 100."), field="score")
    values = prepare_entry_values(data, by=by)
    case: Case = values["case"]
    assessment = create(
        Assessment, {name: value for name, value in values.items() if value is not None}, by=by
    )
    query = select(Assessment).where(Assessment.case_id == case.id)
    query = query.order_by(Assessment.happened_at.desc(), Assessment.id.desc()).limit(1)
    case.risk_level = db.session.scalars(query).one().risk_level
    record_event(
        case,
        ASSESSMENT_ADDED,
        by=by,
        occurred_at=assessment.happened_at,
        source=assessment,
        data={"score": assessment.score, "risk_level": assessment.risk_level},
    )
    return assessment


def set_goal(data: FormData, *, by: Actor) -> PlanGoal:
    """Add a goal; its default responsible user is the case's peksos, else an acting peksos."""
    require_not_in_past(data["target_on"], "target_on")
    values = prepare_entry_values(data, by=by)
    case: Case = values["case"]
    acting_peksos = get_acting_user(by) if has_role(by, PEKSOS) else None
    responsible = data.get("responsible") or case.worker or acting_peksos
    require_active_peksos(responsible, "responsible")
    require_assignable_user(case, responsible, "responsible")
    goal = create(PlanGoal, {**values, "responsible": responsible}, by=by)
    event_data = {"target_on": goal.target_on, "responsible_id": goal.responsible_id}
    record_event(case, GOAL_SET, by=by, source=goal, data=event_data)
    return goal


def evaluate_goal(
    goal: PlanGoal, *, result: GoalResult, by: Actor, result_note: str | None = None
) -> PlanGoal:
    """Record whether the goal was reached; a later evaluation replaces the result."""
    require_open_case(goal.case, by)
    lock_and_check_version(goal)
    if not PlanGoalPolicy.can_transition(goal, by, "evaluate"):
        raise Forbidden(
            _("Only who is responsible, who set it, the team and administrators may evaluate it.")
        )
    goal.result, goal.result_note, goal.evaluated_at = result, result_note, clock.now()
    record_event(goal.case, GOAL_EVALUATED, by=by, source=goal, data={"result": result})
    return goal


def correct_service(
    service: Service, *, narrative: str, by: Actor, outcome: str | None = None, reason: str | None = None
) -> Service:
    """Correct the texts of a service; what was written first stays beside them."""
    texts = {"narrative": require_text(narrative, "narrative"), "outcome": outcome}
    _correct_texts(service, texts, reason, SERVICE_GIVEN, SERVICE_CORRECTED, by)
    return service


def correct_note(note: CaseNote, *, text: str, by: Actor, reason: str | None = None) -> CaseNote:
    """Correct the text of a note; what was written first stays beside it."""
    _correct_texts(note, {"text": require_text(text, "text")}, reason, NOTE_ADDED, NOTE_CORRECTED, by)
    return note


def _correct_texts(
    entry: Service | CaseNote,
    texts: dict[str, str | None],
    reason: str | None,
    original_type: EventType,
    event_type: EventType,
    by: Actor,
) -> None:
    if not CorrectableEntryPolicy.can_transition(entry, by, "correct"):
        raise Forbidden(_("Only who wrote an entry and administrators may correct it."))
    require_open_case(entry.case, by)
    lock_and_check_version(entry)
    changed_texts = {name: text for name, text in texts.items() if text != entry.get_current_text(name)}
    if not changed_texts:
        raise PortalError(_("This is what it says already: nothing was changed."), field=next(iter(texts)))
    entry_column = "service_id" if isinstance(entry, Service) else "note_id"
    correction_ids: list[int] = []
    for name, text in changed_texts.items():
        row: dict[str, Any] = {"field": name, "old_text": entry.get_current_text(name), "new_text": text}
        correction_ids.append(
            create(EntryCorrection, {entry_column: entry.id, "reason": reason, **row}, by=by).id
        )
    touch(entry)
    db.session.expire(entry, ["corrections"])
    data = {"fields": sorted(changed_texts), "correction_ids": correction_ids}
    record_event(
        entry.case,
        event_type,
        by=by,
        source=entry,
        data=data,
        corrects=_get_original_event(entry, original_type),
    )


def _get_original_event(entry: Service | CaseNote, event_type: EventType) -> CaseEvent:
    event: CaseEvent | None = db.session.scalar(
        select(CaseEvent).where(
            CaseEvent.case_id == entry.case_id,
            CaseEvent.kind == event_type.code,
            CaseEvent.source == entry.__tablename__,
            CaseEvent.source_id == entry.id,
        )
    )
    if event is None:
        raise Conflict(_("The timeline does not know this entry: it cannot be corrected."))
    return event
