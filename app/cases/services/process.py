"""Assessments, the goals of the plan, and corrections: added, never rewritten."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.choices import GoalResult
from app.cases.models import Assessment, Case, CaseEvent, CaseNote, EntryCorrection, PlanGoal, Service
from app.cases.services.closing import enter
from app.cases.services.events import record
from app.cases.services.rules import (
    Data,
    may_work_on,
    must_be_as_seen,
    must_be_open,
    must_be_peksos,
    must_see,
    not_in_future,
    not_in_past,
    said,
    touch,
    user_of,
)
from app.cases.states import EventKind
from app.core import clock
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.services import create
from app.extensions import db


def add_assessment(data: Data, *, by: Actor) -> Assessment:
    """Finish an assessment; the newest one says how high the risk of the case is."""
    not_in_future(data.get("happened_at"), "happened_at")
    if not 0 <= data["score"] <= 100:
        raise PortalError(_("Choose a score from 0 to 100."), field="score")
    values = enter(data, by=by)
    case: Case = values["case"]
    assessment = create(Assessment, {name: one for name, one in values.items() if one is not None}, by=by)
    newest = select(Assessment).where(Assessment.case_id == case.id)
    newest = newest.order_by(Assessment.happened_at.desc(), Assessment.id.desc()).limit(1)
    case.risk_level = db.session.scalars(newest).one().risk_level
    record(
        case,
        EventKind.assessment_added,
        by=by,
        occurred_at=assessment.happened_at,
        source=assessment,
        data={"score": assessment.score, "risk_level": assessment.risk_level},
    )
    return assessment


def set_goal(data: Data, *, by: Actor) -> PlanGoal:
    """Name what is to be reached; without somebody responsible it is the case's peksos."""
    not_in_past(data["target_on"], "target_on")
    values = enter(data, by=by)
    case: Case = values["case"]
    me = user_of(by) if has_role(by, PEKSOS) else None
    responsible = data.get("responsible") or case.worker or me
    must_be_peksos(responsible, "responsible")
    must_see(case, responsible, "responsible")
    goal = create(PlanGoal, {**values, "responsible": responsible}, by=by)
    told = {"target_on": goal.target_on, "responsible_id": goal.responsible_id}
    record(case, EventKind.goal_set, by=by, source=goal, data=told)
    return goal


def evaluate_goal(
    goal: PlanGoal, *, result: GoalResult, by: Actor, result_note: str | None = None
) -> PlanGoal:
    """Say whether the goal was reached; after another round it may be said anew."""
    must_be_open(goal.case, by)
    must_be_as_seen(goal)
    mine = by.actor_id in (goal.responsible_id, goal.created_by_id)
    if not (mine or may_work_on(goal.case, by)):
        raise Forbidden(
            _("Only who is responsible, who set it, the team and administrators may evaluate it.")
        )
    goal.result, goal.result_note, goal.evaluated_at = result, result_note, clock.now()
    record(goal.case, EventKind.goal_evaluated, by=by, source=goal, data={"result": result})
    return goal


def correct_service(
    service: Service, *, narrative: str, by: Actor, outcome: str | None = None, reason: str | None = None
) -> Service:
    """Say what should have been written; what was written first stays beside it."""
    texts = {"narrative": said(narrative, "narrative"), "outcome": outcome}
    _correct(service, texts, reason, EventKind.service_given, EventKind.service_corrected, by)
    return service


def correct_note(note: CaseNote, *, text: str, by: Actor, reason: str | None = None) -> CaseNote:
    """Say what should have been written; what was written first stays beside it."""
    _correct(note, {"text": said(text, "text")}, reason, EventKind.note_added, EventKind.note_corrected, by)
    return note


def _correct(
    entry: Service | CaseNote,
    texts: dict[str, str | None],
    reason: str | None,
    told_as: EventKind,
    kind: EventKind,
    by: Actor,
) -> None:
    if entry.created_by_id != by.actor_id and not (has_role(by, ADMIN) and may_work_on(entry.case, by)):
        raise Forbidden(_("Only who wrote an entry and administrators may correct it."))
    must_be_open(entry.case, by)
    must_be_as_seen(entry)
    changed = {name: text for name, text in texts.items() if text != entry.current(name)}
    if not changed:
        raise PortalError(_("This is what it says already: nothing was changed."), field=next(iter(texts)))
    owner = "service_id" if isinstance(entry, Service) else "note_id"
    made: list[int] = []
    for name, text in changed.items():
        row: dict[str, Any] = {"field": name, "old_text": entry.current(name), "new_text": text}
        made.append(create(EntryCorrection, {owner: entry.id, "reason": reason, **row}, by=by).id)
    touch(entry)
    db.session.expire(entry, ["corrections"])
    told = {"fields": sorted(changed), "correction_ids": made}
    record(entry.case, kind, by=by, source=entry, data=told, corrects=_told_first(entry, told_as))


def _told_first(entry: Service | CaseNote, kind: EventKind) -> CaseEvent:
    found: CaseEvent | None = db.session.scalar(
        select(CaseEvent).where(
            CaseEvent.case_id == entry.case_id,
            CaseEvent.kind == kind,
            CaseEvent.source == entry.__tablename__,
            CaseEvent.source_id == entry.id,
        )
    )
    if found is None:
        raise Conflict(_("The timeline does not know this entry: it cannot be corrected."))
    return found
