"""The words of the records that events tell of, as parts of the timeline's one query."""

from typing import Any

from sqlalchemy import ColumnElement, Text, exists, func, literal, or_, select, type_coerce
from sqlalchemy import case as either
from sqlalchemy.orm import aliased

from app.cases.models import (
    Assessment,
    Attachment,
    CaseClosure,
    CaseEvent,
    CaseNote,
    CaseReason,
    EntryCorrection,
    FollowUp,
    IncomingReport,
    PlanGoal,
    Service,
)
from app.cases.states import EventKind
from app.security.models import PortalUser

_TEXTS: dict[EventKind, tuple[Any, ...]] = {
    EventKind.service_given: (Service.narrative, Service.outcome),
    EventKind.note_added: (CaseNote.text,),
    EventKind.follow_up_set: (FollowUp.title,),
    EventKind.follow_up_done: (FollowUp.title, FollowUp.result),
    EventKind.follow_up_cancelled: (FollowUp.title, FollowUp.reason),
    EventKind.attachment_added: (Attachment.title,),
    EventKind.assessment_added: (Assessment.summary, Assessment.recommendation),
    EventKind.goal_set: (PlanGoal.goal, PlanGoal.activity),
    EventKind.goal_evaluated: (PlanGoal.goal, PlanGoal.result_note),
    EventKind.account_changed: (PortalUser.first_name,),
    EventKind.report_joined: (IncomingReport.description,),
}
"""What the record of an event says, of which the timeline shows every word: who sees the case may read it."""


def text_of_event() -> ColumnElement[Any]:
    """What the record says that an event tells of, else why somebody made the move."""
    ended = (CaseEvent.kind == EventKind.case_closed, _of_closure())
    told = [(CaseEvent.kind == kind, _of_source(columns)) for kind, columns in _TEXTS.items()]
    return either(*told, ended, else_=_of_reason())


def _of_source(columns: tuple[Any, ...]) -> ColumnElement[Any]:
    first, *others = (type_coerce(column, Text) for column in columns)
    text: ColumnElement[Any] = first
    for other in others:
        text = text + func.coalesce(literal("\n", Text) + other, literal("", Text))
    model = columns[0].class_
    return select(text).where(model.id == CaseEvent.source_id).correlate(CaseEvent).scalar_subquery()


def _of_closure() -> ColumnElement[Any]:
    same = (CaseClosure.case_id == CaseEvent.case_id, CaseClosure.closed_at == CaseEvent.occurred_at)
    text = select(type_coerce(CaseClosure.closing_summary, Text)).where(*same)
    return text.limit(1).correlate(CaseEvent).scalar_subquery()


def _of_reason() -> ColumnElement[Any]:
    text = select(type_coerce(CaseReason.text, Text)).where(CaseReason.event_id == CaseEvent.id)
    return text.correlate(CaseEvent).scalar_subquery()


def _of_event(row: Any) -> ColumnElement[bool]:
    return or_(
        (CaseEvent.source == Service.__tablename__) & (row.service_id == CaseEvent.source_id),
        (CaseEvent.source == CaseNote.__tablename__) & (row.note_id == CaseEvent.source_id),
    )


def is_corrected() -> ColumnElement[bool]:
    """Whether the entry that an event tells of was corrected later."""
    row = aliased(EntryCorrection)
    return exists().where(_of_event(row)).correlate(CaseEvent)


def holds(q: str) -> ColumnElement[bool]:
    """Whether the event's record, or a correction of it, holds these words."""
    row = aliased(EntryCorrection)
    corrected = exists().where(_of_event(row), row.new_text.icontains(q, autoescape=True))
    return or_(text_of_event().icontains(q, autoescape=True), corrected.correlate(CaseEvent))


MOST_TEXTS = 2
"""Texts of one entry that may be corrected at once."""


def corrections() -> list[ColumnElement[Any]]:
    """Old text, new text and reason of each correction that an event tells of, side by side."""
    return [
        _of_correction(number, column)
        for number in range(MOST_TEXTS)
        for column in (EntryCorrection.old_text, EntryCorrection.new_text, EntryCorrection.reason)
    ]


def _of_correction(number: int, column: Any) -> ColumnElement[Any]:
    key = CaseEvent.data[("correction_ids", number)].as_integer()
    found = select(column).where(EntryCorrection.id == key).correlate(CaseEvent).scalar_subquery()
    return either((CaseEvent.corrects_id.is_not(None), found), else_=None)
