"""Query string of a list page: quick search, filters and order; filter controls and chips."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

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
from app.admin.registry import View
from app.core import formats
from app.db.types import parse_whole_number

MAX_QUERY_LENGTH = 100
"""Characters of a search that are used; no name is longer."""
FILTER_ARGUMENT_PATTERN = re.compile(r"_flt_([0-9])_(\w+)")
MAX_FILTER_VALUES = 5
"""Values of one filter in a URL; all of them must match, so more make no sense."""
MAX_FILTERS = 20
"""Non-empty filters in one URL: each makes the statement longer, and statements are cached."""


@dataclass(frozen=True, slots=True)
class QuickSearchBox:
    """Search box above a list, always visible."""

    name: str
    value: str
    placeholder: Any
    label: Any
    action: str


@dataclass(frozen=True, slots=True)
class FilterControl:
    """Rendered form control of one filter."""

    label: Any
    field_html: Markup
    id: str


@dataclass(frozen=True, slots=True)
class FilterChip:
    """Active filter in words, and the URL without it."""

    text: str
    remove_url: str


def get_search_query() -> str:
    """Return `?q=` without control characters and cut to `MAX_QUERY_LENGTH`."""
    return fields.CONTROL_CHARACTERS.sub("", request.args.get("q", "")[: 2 * MAX_QUERY_LENGTH]).strip()[
        :MAX_QUERY_LENGTH
    ]


def build_filter_controls(view: View) -> list[FilterControl]:
    """Build the controls of the declared filters, filled from the query string."""
    controls = []
    for column, filters in view.datamodel.get_filters(view.search_columns).get_search_filters().items():
        for index, flt in enumerate(filters):
            controls.append(_build_filter_control(view, column, f"_flt_{index}_{column}", flt))
    return controls


def _build_filter_control(view: View, column: str, name: str, flt: Any) -> FilterControl:
    label = view.label_columns[column]
    form = Form()
    control: Any
    if isinstance(flt, RelatedToFilter | RelatedToManyFilter):
        control = choice_fields.RecordSelectField(
            label,
            model=view.datamodel.get_related_model(column),
            preload=column not in view.remote_filters,
            name=name,
            _form=form,
        )
    elif isinstance(flt, EnumFilter):
        control = choice_fields.EnumSelectField(
            label, enum_class=view.columns[column].type.enum_class, name=name, _form=form
        )
    elif isinstance(flt, BooleanFilter):
        control = _OptionsField(label, options=(("y", _("Yes")), ("n", _("No"))), name=name, _form=form)
    elif column in view.filter_options:
        control = _OptionsField(label, options=view.filter_options[column](), name=name, _form=form)
    elif isinstance(flt, FromFilter | UntilFilter):
        control = fields.DayField(label, name=name, _form=form)
        label = (
            _("%(what)s from", what=label) if isinstance(flt, FromFilter) else _("%(what)s until", what=label)
        )
    else:
        control = fields.LineField(label, name=name, _form=form)
    values = request.args.getlist(name)
    control.process(_SingleArgument(name, values) if values else None)
    render_kwargs = (
        {"typed": False}
        if isinstance(control, choice_fields.RecordSelectField) and not control.is_preloaded
        else {}
    )
    return FilterControl(label, control(**render_kwargs), control.id)


class _OptionsField(choice_fields.EnumSelectField):
    """Select of (code, label) options, or a blank one: for booleans and codes without an enum."""

    def __init__(self, *args: Any, options: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, enum_class=None, **kwargs)  # type: ignore[arg-type]  # not an enum: see `options`
        self.options = options

    def iter_choices(self) -> Iterator[Any]:
        for code, label in (("", choice_fields.BLANK_LABEL), *self.options):
            yield Choice(code, label, (self.data or "") == code, {})

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0] if valuelist else None


class _SingleArgument(dict[str, list[str]]):
    """One argument in the form that WTForms reads."""

    def __init__(self, name: str, values: list[str]) -> None:
        super().__init__({name: values})

    def getlist(self, name: str) -> list[str]:
        return self.get(name, [])


def apply_request_filters(view: View, filters: Any) -> None:
    """Read `_flt_<index>_<column>` from the query string.

    Allowed are declared filters and `parent_relations`; anything else answers 400.
    """
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
        column_filters = view.datamodel.filter_converter_class(view.datamodel).convert(column) or []
        if index >= len(column_filters):
            abort(400)
        filters.add_filter(column, type(column_filters[index]), values)


def _is_filled(argument: tuple[str, str]) -> bool:
    name, value = argument
    return bool(value and FILTER_ARGUMENT_PATTERN.fullmatch(name))


def get_requested_order(view: View, filters: Any, preset: Preset | None) -> tuple[str, str]:
    """Return column and direction of the list; a list filtered by a time is ordered by that time.

    No index serves a range of one column in the order of another. So if the user did not sort the list, or
    sorted it by the hidden id, it follows the time column of the filter. An unknown column answers 400.
    """
    view_name = type(view).__name__
    default_order, default_direction = (preset.order if preset else None) or view.base_order
    time_columns = [flt.column_name for flt in filters.filters if isinstance(flt, FromFilter | UntilFilter)]
    if time_columns and default_order not in time_columns:
        default_order = time_columns[0]
    order, direction = (
        request.args.get(f"_oc_{view_name}", default_order),
        request.args.get(f"_od_{view_name}", ""),
    )
    sortable = {
        *view.order_columns,
        view.base_order[0],
        "id",
        *filter(view.datamodel.is_date, view.search_columns),
    }
    # Times, too: the user may have saved a link to a filtered list.
    sortable |= set(filter(view.datamodel.is_datetime, view.search_columns))
    if order not in sortable or direction not in ("", "asc", "desc"):
        abort(400)
    if f"_oc_{view_name}" not in request.args:
        direction = default_direction
    return (default_order if order == "id" else order), direction or "asc"


def build_filter_chips(view: View, filters: Any) -> list[FilterChip]:
    """Describe the active filters; filters with empty values are removed from `filters`."""
    chips, active = [], []
    for flt, values in list(zip(filters.filters, filters.values, strict=True)):
        filled_values = [value for value in values if value]
        if not filled_values:
            continue
        active.append((flt, filled_values))
        column_filters = view.datamodel.filter_converter_class(view.datamodel).convert(flt.column_name)
        index = [type(candidate) for candidate in column_filters].index(type(flt))
        name = f"_flt_{index}_{flt.column_name}"
        value_text = ", ".join(_get_filter_value_text(view, flt, value) for value in filled_values)
        text = f"{view.label_columns[flt.column_name]}: {value_text}"
        chips.append(FilterChip(text, view.list_url(**{name: None, f"page_{type(view).__name__}": None})))
    filters.filters, filters.values = [flt for flt, _value in active], [value for _flt, value in active]
    if request.args.get("archived") == "y":
        chips.append(FilterChip(_("With archived records"), view.list_url(archived=None)))
    return chips


def _get_filter_value_text(view: View, flt: Any, value: str) -> str:
    if isinstance(flt, EnumFilter):
        member = view.columns[flt.column_name].type.enum_class.__members__.get(value)
        return str(value if member is None else member.value)
    if isinstance(flt, RelatedToFilter | RelatedToManyFilter):
        related = registry.find_view(view.datamodel.get_related_model(flt.column_name))
        key = parse_whole_number(value)
        items = related.visible_items([key]) if related is not None and key is not None else []
        return str(related.option_text(items[0])) if related is not None and items else formats.EMPTY_VALUE
    if isinstance(flt, BooleanFilter):
        return str(_("Yes") if value == "y" else _("No"))
    if flt.column_name in view.filter_options:
        options = dict(view.filter_options[flt.column_name]())
        if value not in options:
            abort(400)
        return str(options[value])
    return str(value)
