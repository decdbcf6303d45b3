"""Filters of lists: one or two per type, typed, index-served; a value that makes no sense answers 400."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import abort
from flask_appbuilder.models.filters import BaseFilter, BaseFilterConverter, FilterRelation
from flask_login import current_user
from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import Query

from app.core.actor import reads_numbers
from app.core.clock import WITA
from app.core.search import matches


def whole(value: Any, digits: int = 15) -> int | None:
    """The value as a whole number of at most so many digits, or None: `isdigit` alone lets `²` through."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _number(value: Any) -> int:
    number = whole(value)
    if number is None:
        abort(400)
    return number


def _day(value: Any) -> date:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        abort(400)
    if not 1900 <= day.year <= 2100:  # at the ends of the calendar there is no day before or after
        abort(400)
    return day


class Visible(BaseFilter):
    """The room's `visible_to`, asked anew at every query."""

    name = "visible"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what the user may see."""
        return query.filter(value(current_user))


class NotArchived(BaseFilter):
    """Without the archived records."""

    name = "not archived"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what is in use."""
        return query.filter(self.model.archived_at.is_(None))


class Chosen(BaseFilter):
    """A condition of the room's own; the value is the condition."""

    name = "chosen"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what fulfils it."""
        return query.filter(value)


class Quick(BaseFilter):
    """The quick search; the value is the view, so that it can look through to related records."""

    name = "quick"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what holds every word."""
        view, text = value
        found = [_found(self.model, text)] if hasattr(self.model, "search_text") else []
        for relation in view.search_through:
            related = getattr(self.model, relation)
            found.append(related.has(_found(related.property.mapper.class_, text)))
        return query.filter(or_(false(), *found))


def _found(model: Any, text: str) -> ColumnElement[bool]:
    masked = any(column.info.get("masked") for column in model.__table__.columns)
    return matches(model, text, whole_numbers=masked and not reads_numbers(current_user))


class Equals(BaseFilter):
    """The text or number is just that."""

    name = "equals"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Compare as stored."""
        column = getattr(self.model, self.column_name)
        return query.filter(
            column == (_number(value) if self.datamodel.is_integer(self.column_name) else value)
        )


class OneOf(BaseFilter):
    """The state has that code."""

    name = "one of"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Look the code up."""
        column = getattr(self.model, self.column_name)
        member = column.type.enum_class.__members__.get(str(value))
        if member is None:
            abort(400)
        return query.filter(column == member)


class YesNo(BaseFilter):
    """Ticked (`y`) or not (`n`)."""

    name = "yes or no"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Compare the box."""
        return query.filter(getattr(self.model, self.column_name).is_(value == "y"))


class From(BaseFilter):
    """On that day or later."""

    name = "from"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Days begin in WITA."""
        return query.filter(getattr(self.model, self.column_name) >= _edge(self, _day(value)))


class Until(BaseFilter):
    """On that day or earlier."""

    name = "until"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Days end in WITA."""
        return query.filter(
            getattr(self.model, self.column_name) < _edge(self, _day(value) + timedelta(days=1))
        )


def _edge(flt: BaseFilter, day: date) -> date | datetime:
    return datetime.combine(day, time(), WITA) if flt.datamodel.is_datetime(flt.column_name) else day


class RelatedTo(FilterRelation):
    """Belongs to that record."""

    name = "related to"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """By foreign key, without loading the other record."""
        relation = getattr(self.model, self.column_name)
        (key,) = relation.property.local_columns
        return query.filter(key == _number(value))


class RelatedToMany(FilterRelation):
    """That record is among its related ones."""

    name = "related to many"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """By EXISTS."""
        relation = getattr(self.model, self.column_name)
        return query.filter(relation.any(relation.property.mapper.class_.id == _number(value)))


class PortalFilterConverter(BaseFilterConverter):
    """Which filters a column offers; `_flt_<index>_<column>` counts in this order."""

    conversion_table = (
        ("is_relation_many_to_one", [RelatedTo]),
        ("is_relation_one_to_one", [RelatedTo]),
        ("is_relation_many_to_many", [RelatedToMany]),
        ("is_relation_one_to_many", [RelatedToMany]),
        ("is_enum", [OneOf]),
        ("is_boolean", [YesNo]),
        ("is_datetime", [From, Until]),
        ("is_date", [From, Until]),
        ("is_integer", [Equals]),
        ("is_string", [Equals]),
        ("is_text", [Equals]),
    )

    def convert(self, col_name: str) -> list[BaseFilter] | None:
        """FAB's loop, silent for columns that nobody filters by."""
        for test, filters in self.conversion_table:
            if getattr(self.datamodel, test)(col_name):
                return [flt(col_name, self.datamodel) for flt in filters]
        return None
