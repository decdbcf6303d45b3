"""The words of the records that events tell of, as parts of the timeline's one query."""

from typing import Any

from sqlalchemy import ColumnElement, Text, exists, func, literal, or_, select, type_coerce
from sqlalchemy import case as either
from sqlalchemy.orm import aliased

from app.cases.enums import EventKind
from app.cases.models.entries import Attachment, CaseNote, FollowUp, Service
from app.cases.models.event import CaseEvent, CaseReason
from app.cases.models.process import Assessment, CaseClosure, EntryCorrection, PlanGoal
from app.cases.models.report import IncomingReport
from app.security.models import PortalUser

_TEXT_COLUMNS: dict[EventKind, tuple[Any, ...]] = {
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


def build_event_text() -> ColumnElement[Any]:
    """What the record says that an event tells of, else why somebody made the move."""
    ended = (CaseEvent.kind == EventKind.case_closed, _select_closure_text())
    told = [(CaseEvent.kind == kind, _select_source_text(columns)) for kind, columns in _TEXT_COLUMNS.items()]
    return either(*told, ended, else_=_select_reason_text())


def _select_source_text(columns: tuple[Any, ...]) -> ColumnElement[Any]:
    first, *others = (type_coerce(column, Text) for column in columns)
    text: ColumnElement[Any] = first
    for other in others:
        text = text + func.coalesce(literal("\n", Text) + other, literal("", Text))
    model = columns[0].class_
    return select(text).where(model.id == CaseEvent.source_id).correlate(CaseEvent).scalar_subquery()


def _select_closure_text() -> ColumnElement[Any]:
    same = (CaseClosure.case_id == CaseEvent.case_id, CaseClosure.closed_at == CaseEvent.occurred_at)
    text = select(type_coerce(CaseClosure.closing_summary, Text)).where(*same)
    return text.limit(1).correlate(CaseEvent).scalar_subquery()


def _select_reason_text() -> ColumnElement[Any]:
    text = select(type_coerce(CaseReason.text, Text)).where(CaseReason.event_id == CaseEvent.id)
    return text.correlate(CaseEvent).scalar_subquery()


def _is_correction_of_event(row: Any) -> ColumnElement[bool]:
    return or_(
        (CaseEvent.source == Service.__tablename__) & (row.service_id == CaseEvent.source_id),
        (CaseEvent.source == CaseNote.__tablename__) & (row.note_id == CaseEvent.source_id),
    )


def is_corrected() -> ColumnElement[bool]:
    """Whether the entry that an event tells of was corrected later."""
    row = aliased(EntryCorrection)
    return exists().where(_is_correction_of_event(row)).correlate(CaseEvent)


def has_matching_text(q: str) -> ColumnElement[bool]:
    """Whether the event's record, or a correction of it, holds these words."""
    row = aliased(EntryCorrection)
    corrected = exists().where(_is_correction_of_event(row), row.new_text.icontains(q, autoescape=True))
    return or_(build_event_text().icontains(q, autoescape=True), corrected.correlate(CaseEvent))


MAX_CORRECTED_TEXTS = 2
"""Texts of one entry that may be corrected at once."""


def build_correction_columns() -> list[ColumnElement[Any]]:
    """Old text, new text and reason of each correction that an event tells of, side by side."""
    return [
        _select_correction_column(number, column)
        for number in range(MAX_CORRECTED_TEXTS)
        for column in (EntryCorrection.old_text, EntryCorrection.new_text, EntryCorrection.reason)
    ]


def _select_correction_column(number: int, column: Any) -> ColumnElement[Any]:
    key = CaseEvent.data[("correction_ids", number)].as_integer()
    found = select(column).where(EntryCorrection.id == key).correlate(CaseEvent).scalar_subquery()
    return either((CaseEvent.corrects_id.is_not(None), found), else_=None)
