"""Texts of the source records of events, as SQL expressions of the timeline's one query."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Text, exists, func, literal, or_, select, type_coerce
from sqlalchemy import case as either
from sqlalchemy.orm import aliased

from app.cases.event_types import CASE_CLOSED
from app.cases.events import event_types
from app.cases.models.entries import CaseNote, Service
from app.cases.models.event import CaseEvent, CaseReason
from app.cases.models.process import CaseClosure, EntryCorrection


def build_event_text() -> ColumnElement[Any]:
    """Build the text of the event's source record, or else the reason of the transition."""
    sources = [
        (CaseEvent.kind == event_type.code, _select_source_text(event_type.text_columns))
        for event_type in event_types
        if event_type.text_columns
    ]
    closure = (CaseEvent.kind == CASE_CLOSED.code, _select_closure_text())
    return either(*sources, closure, else_=_select_reason_text())


def _select_source_text(names: Sequence[str]) -> ColumnElement[Any]:
    columns = [_get_column(name) for name in names]
    first, *others = (type_coerce(column, Text) for column in columns)
    text: ColumnElement[Any] = first
    for other in others:
        text = text + func.coalesce(literal("\n", Text) + other, literal("", Text))
    source = columns[0].table
    return select(text).where(source.c.id == CaseEvent.source_id).correlate(CaseEvent).scalar_subquery()


def _get_column(name: str) -> Column[Any]:
    table, _dot, column = name.partition(".")
    source: Column[Any] = CaseEvent.metadata.tables[table].c[column]
    return source


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
