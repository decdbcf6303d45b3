"""List filters: one or two per column type, typed and served by an index; invalid values answer 400."""

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
    """Base filter of a view: `visible_to` of its policy, evaluated anew at every query."""

    name = "visible"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep the rows the user may see; `value` is the predicate function."""
        return query.filter(value(current_user))


class NotArchivedFilter(BaseFilter):
    """Excludes archived records."""

    name = "not archived"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep the rows whose `archived_at` is NULL."""
        return query.filter(self.model.archived_at.is_(None))


class Preset(NamedTuple):
    """Named list of a view: a condition and, optionally, an order."""

    name: str
    label: Any
    condition: Callable[[], ColumnElement[bool]]
    """Evaluated at every request, because it may depend on the date."""
    order: tuple[str, str] | None = None
    """(column, direction), if it differs from the view's `base_order`."""


class PresetFilter(BaseFilter):
    """Filter by the condition of a preset."""

    name = "shown"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Evaluate and add the condition of `value`, a Preset."""
        return query.filter(value.condition())


class ConditionFilter(BaseFilter):
    """Filter by an SQL condition that the view built; the value is the condition."""

    name = "chosen"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Add the condition."""
        return query.filter(value)


class EqualsFilter(BaseFilter):
    """Filter of text and integer columns by their exact value."""

    name = "equals"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Compare with the stored value; a column of integers needs a whole number."""
        column = getattr(self.model, self.column_name)
        if self.datamodel.is_integer(self.column_name):
            value = _parse_number(
                value, MAX_MONEY_DIGITS if isinstance(column.type, Rupiah) else MAX_INTEGER_DIGITS
            )
        return query.filter(selective(column == value))


class EnumFilter(BaseFilter):
    """Filter of enum columns by the code (name) of a member."""

    name = "one of"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Look up the member."""
        column = getattr(self.model, self.column_name)
        member = column.type.enum_class.__members__.get(str(value))
        if member is None:
            abort(400)
        return query.filter(selective(column == member))


class BooleanFilter(BaseFilter):
    """Filter of boolean columns: `y` is true, `n` is false."""

    name = "yes or no"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Compare with true or false."""
        return query.filter(selective(getattr(self.model, self.column_name).is_(value == "y")))


class FromFilter(BaseFilter):
    """Filter of dates and times: on that day or later."""

    name = "from"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Compare with the start of the day in WITA."""
        return query.filter(
            getattr(self.model, self.column_name) >= _get_range_bound(self, _parse_day(value))
        )


class UntilFilter(BaseFilter):
    """Filter of dates and times: on that day or earlier."""

    name = "until"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Compare with the end of the day in WITA."""
        return query.filter(
            getattr(self.model, self.column_name)
            < _get_range_bound(self, _parse_day(value) + timedelta(days=1))
        )


def _get_range_bound(flt: BaseFilter, day: date) -> date | datetime:
    return datetime.combine(day, time(), WITA) if flt.datamodel.is_datetime(flt.column_name) else day


def _build_visible_condition(model: Any, value: Any) -> ColumnElement[bool]:
    """Build the condition that the user may see the record with this id.

    A filter by a hidden record finds nothing, like a filter by one that does not exist.
    """
    record_id, view = _parse_number(value), registry.find_view(model)
    if view is None:
        return false()
    visible = view.policy.visible_to(current_user)
    if isinstance(visible, True_):
        return true()
    # Uncorrelated: evaluated once per statement, also if the list reads the same table.
    return exists(select(model.id).where(model.id == record_id, visible).correlate(None))


class RelatedToFilter(FilterRelation):
    """Filter by the id of a related record (many-to-one)."""

    name = "related to"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Compare the foreign key, without loading the related record."""
        relation = getattr(self.model, self.column_name)
        (foreign_key,) = relation.property.local_columns
        return query.filter(
            selective(foreign_key == _parse_number(value)),
            _build_visible_condition(relation.property.mapper.class_, value),
        )


class RelatedToManyFilter(FilterRelation):
    """Filter by the id of one of several related records (one-to-many, many-to-many)."""

    name = "related to many"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Join from the related record; an ordered scan checks each row with EXISTS instead."""
        relation, record_id = getattr(self.model, self.column_name), _parse_number(value)
        is_visible = _build_visible_condition(relation.property.mapper.class_, value)
        pairs_by_table = {
            key.table: (key, reference) for key, reference in relation.property.local_remote_pairs
        }
        key, own_reference = pairs_by_table.pop(self.model.__table__)
        (other_reference,) = (
            (reference for _key, reference in pairs_by_table.values())
            if pairs_by_table
            else (own_reference.table.c.id,)
        )
        if scan_column() is not None:
            return query.filter(
                correlated_exists(self.model, own_reference == key, other_reference == record_id), is_visible
            )
        table = own_reference.table.alias()
        return query.join(table, table.c[own_reference.key] == key).filter(
            table.c[other_reference.key] == record_id, is_visible
        )


class PortalFilterConverter(BaseFilterConverter):
    """Chooses the filters of a column; `<index>` in `_flt_<index>_<column>` is the place in this order."""

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
        """Return the filters of a column, cached; None without FAB's warning if it has none."""
        cache = self.datamodel.filters_by_column
        if col_name not in cache:
            cache[col_name] = self._build_filters(col_name)
        column_filters: list[BaseFilter] | None = cache[col_name]
        return column_filters

    def _build_filters(self, col_name: str) -> list[BaseFilter] | None:
        for test, filters in self.conversion_table:
            if getattr(self.datamodel, test)(col_name):
                return [flt(col_name, self.datamodel) for flt in filters]
        return None
