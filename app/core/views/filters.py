"""Filters of lists: one or two per type, typed, index-served; a value that makes no sense answers 400."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from flask import abort
from flask_appbuilder.models.filters import BaseFilter, BaseFilterConverter, FilterRelation
from flask_login import current_user
from sqlalchemy import ColumnElement, True_, exists, false, select, true
from sqlalchemy.orm import Query

from app.core import registry
from app.core.asking import each, sought, walked
from app.core.clock import WITA
from app.core.forms.fields import YEARS
from app.core.types import KEY_DIGITS, MONEY_DIGITS, Rupiah, whole


def _number(value: Any, digits: int = KEY_DIGITS) -> int:
    number = whole(value, digits)
    if number is None:
        abort(400)
    return number


def _day(value: Any) -> date:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        abort(400)
    if day.year not in YEARS:
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


class Preset(NamedTuple):
    """A list that is asked for so often that it has a name."""

    name: str
    label: Any
    condition: Callable[[], ColumnElement[bool]]
    """Asked anew at every request: today is another day tomorrow."""
    order: tuple[str, str] | None = None
    """Column and direction, where it is another one than the room's."""


class Shown(BaseFilter):
    """One of the room's named lists."""

    name = "shown"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what belongs to it."""
        return query.filter(value.condition())


class Chosen(BaseFilter):
    """A condition of the room's own; the value is the condition."""

    name = "chosen"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what fulfils it."""
        return query.filter(value)


class Equals(BaseFilter):
    """The text or number is just that."""

    name = "equals"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Compare as stored."""
        column = getattr(self.model, self.column_name)
        if self.datamodel.is_integer(self.column_name):
            value = _number(value, MONEY_DIGITS if isinstance(column.type, Rupiah) else KEY_DIGITS)
        return query.filter(sought(column == value))


class OneOf(BaseFilter):
    """The state has that code."""

    name = "one of"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Look the code up."""
        column = getattr(self.model, self.column_name)
        member = column.type.enum_class.__members__.get(str(value))
        if member is None:
            abort(400)
        return query.filter(sought(column == member))


class YesNo(BaseFilter):
    """Ticked (`y`) or not (`n`)."""

    name = "yes or no"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Compare the box."""
        return query.filter(sought(getattr(self.model, self.column_name).is_(value == "y")))


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


def _seen(model: Any, value: Any) -> ColumnElement[bool]:
    """Whether the user may see the record of that id; to ask for a hidden one finds as little as for none."""
    number, view = _number(value), registry.view_of(model)
    if view is None:
        return false()
    seen = type(view).visible_to(current_user)
    if isinstance(seen, True_):
        return true()
    # Asked once, whatever the list holds; uncorrelated, for the list may be of the same table.
    return exists(select(model.id).where(model.id == number, seen).correlate(None))


class RelatedTo(FilterRelation):
    """Belongs to that record."""

    name = "related to"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """By foreign key, without loading the other record."""
        relation = getattr(self.model, self.column_name)
        (key,) = relation.property.local_columns
        return query.filter(sought(key == _number(value)), _seen(relation.property.mapper.class_, value))


class RelatedToMany(FilterRelation):
    """That record is among its related ones."""

    name = "related to many"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """From that record to those that it belongs to; a long list asks each row on its way."""
        relation, number = getattr(self.model, self.column_name), _number(value)
        seen = _seen(relation.property.mapper.class_, value)
        link = {near.table: (near, far) for near, far in relation.property.local_remote_pairs}
        near, own = link.pop(self.model.__table__)
        (other,) = (far for _near, far in link.values()) if link else (own.table.c.id,)
        if walked() is not None:
            return query.filter(each(self.model, own == near, other == number), seen)
        table = own.table.alias()
        return query.join(table, table.c[own.key] == near).filter(table.c[other.key] == number, seen)


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
        """FAB's loop, silent for columns that nobody filters by; gone through once, for it never changes."""
        known = self.datamodel.offered_filters
        if col_name not in known:
            known[col_name] = self._offered(col_name)
        found: list[BaseFilter] | None = known[col_name]
        return found

    def _offered(self, col_name: str) -> list[BaseFilter] | None:
        for test, filters in self.conversion_table:
            if getattr(self.datamodel, test)(col_name):
                return [flt(col_name, self.datamodel) for flt in filters]
        return None
