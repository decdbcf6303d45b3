"""The filters above a list: plain controls whose names FAB reads, and chips that say what is chosen."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import abort, request
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms import Form
from wtforms.fields.choices import Choice  # type: ignore[attr-defined]  # the stubs lag behind

from app.admin import choice_fields, fields, registry
from app.admin.filters import (
    BooleanFilter,
    EnumFilter,
    FromFilter,
    Preset,
    RelatedToFilter,
    RelatedToManyFilter,
    UntilFilter,
)
from app.core import formats
from app.db.types import parse_whole_number

if TYPE_CHECKING:
    from app.admin.list_page import ListPage


MAX_QUERY_LENGTH = 100
"""Characters of a search that count; nobody's name is longer."""
FILTER_ARGUMENT_PATTERN = re.compile(r"_flt_([0-9])_(\w+)")
MAX_FILTER_VALUES = 5
"""Values of one filter in an address; all of them must hold, so nobody means more."""
MAX_FILTERS = 20
"""Filled filters in one address: each makes the statement longer, and statements are cached."""


@dataclass(frozen=True)
class QuickSearchBox:
    """The quick search, always open."""

    name: str
    value: str
    placeholder: Any
    label: Any
    action: str


class FilterControl(NamedTuple):
    """One filter."""

    label: Any
    field_html: Markup
    id: str


@dataclass(frozen=True)
class FilterChip:
    """One chosen filter in words, and the address without it."""

    text: str
    remove_url: str


def get_search_query() -> str:
    """What the quick search asks for: `?q=` as it was typed, without characters that nobody sees."""
    return fields.CONTROL_CHARACTERS.sub("", request.args.get("q", "")[: 2 * MAX_QUERY_LENGTH]).strip()[
        :MAX_QUERY_LENGTH
    ]


def build_filter_controls(view: "ListPage") -> list[FilterControl]:
    """The declared filters as controls, filled with what is chosen."""
    out = []
    for column, filters in view.datamodel.get_filters(view.search_columns).get_search_filters().items():
        for index, flt in enumerate(filters):
            out.append(_build_filter_control(view, column, f"_flt_{index}_{column}", flt))
    return out


def _build_filter_control(view: "ListPage", column: str, name: str, flt: Any) -> FilterControl:
    label = view.label_columns[column]
    form = Form()
    made: Any
    if isinstance(flt, RelatedToFilter | RelatedToManyFilter):
        made = choice_fields.RecordSelectField(
            label,
            model=view.datamodel.get_related_model(column),
            preload=column not in view.remote_filters,
            name=name,
            _form=form,
        )
    elif isinstance(flt, EnumFilter):
        made = choice_fields.EnumSelectField(
            label, enum_class=view.columns[column].type.enum_class, name=name, _form=form
        )
    elif isinstance(flt, BooleanFilter):
        made = _OptionsField(label, options=(("y", _("Yes")), ("n", _("No"))), name=name, _form=form)
    elif column in view.filter_options:
        made = _OptionsField(label, options=view.filter_options[column](), name=name, _form=form)
    elif isinstance(flt, FromFilter | UntilFilter):
        made = fields.DayField(label, name=name, _form=form)
        label = (
            _("%(what)s from", what=label) if isinstance(flt, FromFilter) else _("%(what)s until", what=label)
        )
    else:
        made = fields.LineField(label, name=name, _form=form)
    values = request.args.getlist(name)
    made.process(_SingleArgument(name, values) if values else None)
    more = (
        {"typed": False}
        if isinstance(made, choice_fields.RecordSelectField) and not made.is_preloaded
        else {}
    )
    return FilterControl(label, made(**more), made.id)


class _OptionsField(choice_fields.EnumSelectField):
    """One of some codes, or any: ticked or not, a kind of record."""

    def __init__(self, *args: Any, options: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, enum_class=None, **kwargs)  # type: ignore[arg-type]  # not an enum: see `options`
        self.options = options

    def iter_choices(self) -> Iterator[Any]:
        """Any, then each."""
        for code, label in (("", choice_fields.BLANK_LABEL), *self.options):
            yield Choice(code, label, (self.data or "") == code, {})

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep the letter."""
        self.data = valuelist[0] if valuelist else None


class _SingleArgument(dict[str, list[str]]):
    """One argument in the shape that WTForms reads."""

    def __init__(self, name: str, values: list[str]) -> None:
        super().__init__({name: values})

    def getlist(self, name: str) -> list[str]:
        """All values of the name."""
        return self.get(name, [])


def apply_request_filters(view: "ListPage", filters: Any) -> None:
    """Read `_flt_<index>_<column>` from the address: declared filters, and relations to other records."""
    if sum(map(_is_filled, request.args.items(multi=True))) > MAX_FILTERS:
        abort(400)
    for name, values in request.args.lists():
        match = FILTER_ARGUMENT_PATTERN.fullmatch(name)
        if match is None:
            continue
        index, column = int(match.group(1)), match.group(2)
        if column not in view.search_columns and column not in view.parent_relations:
            abort(400)
        if len(values) > MAX_FILTER_VALUES:
            abort(400)
        offered = view.datamodel.filter_converter_class(view.datamodel).convert(column) or []
        if index >= len(offered):
            abort(400)
        filters.add_filter(column, type(offered[index]), values)


def _is_filled(argument: tuple[str, str]) -> bool:
    name, value = argument
    return bool(value and FILTER_ARGUMENT_PATTERN.fullmatch(name))


def get_requested_order(view: "ListPage", filters: Any, preset: Preset | None) -> tuple[str, str]:
    """Column and direction of a list; who asks for a time gets it in the order of that time.

    No index serves a stretch of one column in the order of another: a list that nobody sorted, or only by the
    numbers that nobody sees, follows the time that it is narrowed to.
    """
    name = type(view).__name__
    usual, way = (preset.order if preset else None) or view.base_order
    times = [flt.column_name for flt in filters.filters if isinstance(flt, FromFilter | UntilFilter)]
    if times and usual not in times:
        usual = times[0]
    order, direction = request.args.get(f"_oc_{name}", usual), request.args.get(f"_od_{name}", "")
    known = {
        *view.order_columns,
        view.base_order[0],
        "id",
        *filter(view.datamodel.is_date, view.search_columns),
    }
    known |= set(filter(view.datamodel.is_datetime, view.search_columns))  # a link kept from a narrowed list
    if order not in known or direction not in ("", "asc", "desc"):
        abort(400)
    if f"_oc_{name}" not in request.args:
        direction = way
    return (usual if order == "id" else order), direction or "asc"


def build_filter_chips(view: "ListPage", filters: Any) -> list[FilterChip]:
    """What is chosen, in words; empty values are no choice and leave the filters."""
    out, kept = [], []
    for flt, values in list(zip(filters.filters, filters.values, strict=True)):
        chosen = [value for value in values if value]
        if not chosen:
            continue
        kept.append((flt, chosen))
        offered = view.datamodel.filter_converter_class(view.datamodel).convert(flt.column_name)
        index = [type(one) for one in offered].index(type(flt))
        name = f"_flt_{index}_{flt.column_name}"
        words = ", ".join(_get_filter_value_text(view, flt, value) for value in chosen)
        text = f"{view.label_columns[flt.column_name]}: {words}"
        out.append(FilterChip(text, view.list_url(**{name: None, f"page_{type(view).__name__}": None})))
    filters.filters, filters.values = [flt for flt, _value in kept], [value for _flt, value in kept]
    if request.args.get("archived") == "y":
        out.append(FilterChip(_("With archived records"), view.list_url(archived=None)))
    return out


def _get_filter_value_text(view: "ListPage", flt: Any, value: str) -> str:
    if isinstance(flt, EnumFilter):
        member = view.columns[flt.column_name].type.enum_class.__members__.get(value)
        return str(value if member is None else member.value)
    if isinstance(flt, RelatedToFilter | RelatedToManyFilter):
        related = registry.find_view(view.datamodel.get_related_model(flt.column_name))
        key = parse_whole_number(value)
        found = related.visible_items([key]) if related is not None and key is not None else []
        return str(related.option_text(found[0])) if related is not None and found else formats.EMPTY_VALUE
    if isinstance(flt, BooleanFilter):
        return str(_("Yes") if value == "y" else _("No"))
    if flt.column_name in view.filter_options:
        options = dict(view.filter_options[flt.column_name]())
        if value not in options:
            abort(400)
        return str(options[value])
    return str(value)
