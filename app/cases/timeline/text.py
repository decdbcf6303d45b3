"""Texts of the source records of events, as SQL expressions of the timeline's one query."""

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
"""Event kind -> text columns of its source record, shown whole: who sees the case may read them."""


def build_event_text() -> ColumnElement[Any]:
    """Build the text of the event's source record, or else the reason of the transition."""
    closure = (CaseEvent.kind == EventKind.case_closed, _select_closure_text())
    sources = [
        (CaseEvent.kind == kind, _select_source_text(columns)) for kind, columns in _TEXT_COLUMNS.items()
    ]
    return either(*sources, closure, else_=_select_reason_text())


def _select_source_text(columns: tuple[Any, ...]) -> ColumnElement[Any]:
    first, *others = (type_coerce(column, Text) for column in columns)
    text: ColumnElement[Any] = first
    for other in others:
        text = text + func.coalesce(literal("\n", Text) + other, literal("", Text))
    model = columns[0].class_
    return select(text).where(model.id == CaseEvent.source_id).correlate(CaseEvent).scalar_subquery()


def _select_closure_text() -> ColumnElement[Any]:
    is_same_closure = (
        CaseClosure.case_id == CaseEvent.case_id,
        CaseClosure.closed_at == CaseEvent.occurred_at,
    )
    text = select(type_coerce(CaseClosure.closing_summary, Text)).where(*is_same_closure)
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
    """Match events whose source record was corrected later."""
    correction = aliased(EntryCorrection)
    return exists().where(_is_correction_of_event(correction)).correlate(CaseEvent)


def has_matching_text(q: str) -> ColumnElement[bool]:
    """Match events whose source record, or a correction of it, contains the search text."""
    correction = aliased(EntryCorrection)
    has_matching_correction = exists().where(
        _is_correction_of_event(correction), correction.new_text.icontains(q, autoescape=True)
    )
    return or_(build_event_text().icontains(q, autoescape=True), has_matching_correction.correlate(CaseEvent))


MAX_CORRECTED_TEXTS = 2
"""Texts of one entry that may be corrected at once."""


def build_correction_columns() -> list[ColumnElement[Any]]:
    """Build old text, new text and reason of each correction of an event, as columns side by side."""
    return [
        _select_correction_column(number, column)
        for number in range(MAX_CORRECTED_TEXTS)
        for column in (EntryCorrection.old_text, EntryCorrection.new_text, EntryCorrection.reason)
    ]


def _select_correction_column(number: int, column: Any) -> ColumnElement[Any]:
    key = CaseEvent.data[("correction_ids", number)].as_integer()
    value = select(column).where(EntryCorrection.id == key).correlate(CaseEvent).scalar_subquery()
    return either((CaseEvent.corrects_id.is_not(None), value), else_=None)
