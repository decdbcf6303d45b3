"""The words of the records that events tell of, as parts of the timeline's one query."""

from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy import case as either
from sqlalchemy.orm import aliased

from app.cases.models import (
    Assessment,
    Attachment,
    CaseEvent,
    CaseNote,
    EntryCorrection,
    FollowUp,
    PlanGoal,
    Service,
)

_TEXTS = (
    (Service, Service.narrative),
    (CaseNote, CaseNote.text),
    (FollowUp, FollowUp.title),
    (Attachment, Attachment.title),
    (Assessment, Assessment.summary),
    (PlanGoal, PlanGoal.goal),
)
"""Records that a timeline tells of, and what of their words it shows: who sees the case may read them."""


def text_of_source() -> ColumnElement[Any]:
    """What the record says that an event tells of."""
    return either(
        *(
            (
                CaseEvent.source == model.__tablename__,
                select(column).where(model.id == CaseEvent.source_id).correlate(CaseEvent).scalar_subquery(),
            )
            for model, column in _TEXTS
        )
    )


def _of_event(row: Any) -> ColumnElement[bool]:
    return or_(
        (CaseEvent.source == Service.__tablename__) & (row.service_id == CaseEvent.source_id),
        (CaseEvent.source == CaseNote.__tablename__) & (row.note_id == CaseEvent.source_id),
    )


def is_corrected() -> ColumnElement[bool]:
    """Whether the entry that an event tells of was corrected later."""
    row = aliased(EntryCorrection)
    return exists().where(_of_event(row)).correlate(CaseEvent)


def corrected_to(q: str) -> ColumnElement[bool]:
    """Whether a correction of the entry holds these words."""
    row = aliased(EntryCorrection)
    return exists().where(_of_event(row), row.new_text.icontains(q, autoescape=True)).correlate(CaseEvent)
