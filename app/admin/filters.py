"""Filters of lists: one or two per type, typed, index-served; a value that makes no sense answers 400."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from flask import abort
from flask_appbuilder.models.filters import BaseFilter, BaseFilterConverter, FilterRelation
from flask_login import current_user
from sqlalchemy import ColumnElement, True_, exists, false, select, true
from sqlalchemy.orm import Query

from app.admin import registry
from app.admin.fields import VALID_YEARS
from app.core.clock import WITA
from app.db.query_hints import correlated_exists, scan_column, selective
from app.db.types import MAX_INTEGER_DIGITS, MAX_MONEY_DIGITS, Rupiah, parse_whole_number


def _parse_number(value: Any, digits: int = MAX_INTEGER_DIGITS) -> int:
    number = parse_whole_number(value, digits)
    if number is None:
        abort(400)
    return number


def _parse_day(value: Any) -> date:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        abort(400)
    if day.year not in VALID_YEARS:
        abort(400)
    return day


class VisibleFilter(BaseFilter):
    """The room's `visible_to`, asked anew at every query."""

    name = "visible"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what the user may see."""
        return query.filter(value(current_user))


class NotArchivedFilter(BaseFilter):
    """Without the archived records."""

    name = "not archived"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what is in use."""
        return query.filter(self.model.archived_at.is_(None))


class Preset(NamedTuple):
    """A list that is asked for so often that it has a name."""

    name: str
    label: Any
    condition: Callable[[], ColumnElement[bool]]
    """Asked anew at every request: today is another day tomorrow."""
    order: tuple[str, str] | None = None
    """Column and direction, where it is another one than the room's."""


class PresetFilter(BaseFilter):
    """One of the room's named lists."""

    name = "shown"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what belongs to it."""
        return query.filter(value.condition())


class ConditionFilter(BaseFilter):
    """A condition of the room's own; the value is the condition."""

    name = "chosen"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what fulfils it."""
        return query.filter(value)


class EqualsFilter(BaseFilter):
    """The text or number is just that."""

    name = "equals"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Compare as stored."""
        column = getattr(self.model, self.column_name)
        if self.datamodel.is_integer(self.column_name):
            value = _parse_number(
                value, MAX_MONEY_DIGITS if isinstance(column.type, Rupiah) else MAX_INTEGER_DIGITS
            )
        return query.filter(selective(column == value))


class EnumFilter(BaseFilter):
    """The state has that code."""

    name = "one of"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Look the code up."""
        column = getattr(self.model, self.column_name)
        member = column.type.enum_class.__members__.get(str(value))
        if member is None:
            abort(400)
        return query.filter(selective(column == member))


class BooleanFilter(BaseFilter):
    """Ticked (`y`) or not (`n`)."""

    name = "yes or no"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Compare the box."""
        return query.filter(selective(getattr(self.model, self.column_name).is_(value == "y")))


class FromFilter(BaseFilter):
    """On that day or later."""

    name = "from"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Days begin in WITA."""
        return query.filter(
            getattr(self.model, self.column_name) >= _get_range_bound(self, _parse_day(value))
        )


class UntilFilter(BaseFilter):
    """On that day or earlier."""

    name = "until"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Days end in WITA."""
        return query.filter(
            getattr(self.model, self.column_name)
            < _get_range_bound(self, _parse_day(value) + timedelta(days=1))
        )


def _get_range_bound(flt: BaseFilter, day: date) -> date | datetime:
    return datetime.combine(day, time(), WITA) if flt.datamodel.is_datetime(flt.column_name) else day


def _build_visible_condition(model: Any, value: Any) -> ColumnElement[bool]:
    """Whether the user may see the record of that id; to ask for a hidden one finds as little as for none."""
    number, view = _parse_number(value), registry.find_view(model)
    if view is None:
        return false()
    seen = type(view).visible_to(current_user)
    if isinstance(seen, True_):
        return true()
    # Asked once, whatever the list holds; uncorrelated, for the list may be of the same table.
    return exists(select(model.id).where(model.id == number, seen).correlate(None))


class RelatedToFilter(FilterRelation):
    """Belongs to that record."""

    name = "related to"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """By foreign key, without loading the other record."""
        relation = getattr(self.model, self.column_name)
        (key,) = relation.property.local_columns
        return query.filter(
            selective(key == _parse_number(value)),
            _build_visible_condition(relation.property.mapper.class_, value),
        )


class RelatedToManyFilter(FilterRelation):
    """That record is among its related ones."""

    name = "related to many"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """From that record to those that it belongs to; a long list asks each row on its way."""
        relation, number = getattr(self.model, self.column_name), _parse_number(value)
        seen = _build_visible_condition(relation.property.mapper.class_, value)
        link = {near.table: (near, far) for near, far in relation.property.local_remote_pairs}
        near, own = link.pop(self.model.__table__)
        (other,) = (far for _near, far in link.values()) if link else (own.table.c.id,)
        if scan_column() is not None:
            return query.filter(correlated_exists(self.model, own == near, other == number), seen)
        table = own.table.alias()
        return query.join(table, table.c[own.key] == near).filter(table.c[other.key] == number, seen)


class PortalFilterConverter(BaseFilterConverter):
    """Which filters a column offers; `_flt_<index>_<column>` counts in this order."""

    conversion_table = (
        ("is_relation_many_to_one", [RelatedToFilter]),
        ("is_relation_one_to_one", [RelatedToFilter]),
        ("is_relation_many_to_many", [RelatedToManyFilter]),
        ("is_relation_one_to_many", [RelatedToManyFilter]),
        ("is_enum", [EnumFilter]),
        ("is_boolean", [BooleanFilter]),
        ("is_datetime", [FromFilter, UntilFilter]),
        ("is_date", [FromFilter, UntilFilter]),
        ("is_integer", [EqualsFilter]),
        ("is_string", [EqualsFilter]),
        ("is_text", [EqualsFilter]),
    )

    def convert(self, col_name: str) -> list[BaseFilter] | None:
        """FAB's loop, silent for columns that nobody filters by; gone through once, for it never changes."""
        known = self.datamodel.filters_by_column
        if col_name not in known:
            known[col_name] = self._build_filters(col_name)
        found: list[BaseFilter] | None = known[col_name]
        return found

    def _build_filters(self, col_name: str) -> list[BaseFilter] | None:
        for test, filters in self.conversion_table:
            if getattr(self.datamodel, test)(col_name):
                return [flt(col_name, self.datamodel) for flt in filters]
        return None
