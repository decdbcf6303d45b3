"""The list of a room: quick search, few filters, one page of rows, cards on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import abort, request, session, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _

from app.admin.access_log import list_filter_names, log_search
from app.admin.filters import NotArchivedFilter, Preset, PresetFilter, VisibleFilter
from app.admin.interface import MAX_COUNT
from app.admin.options import OptionSource
from app.admin.permissions import can, permission_required
from app.admin.query import (
    FilterChip,
    QuickSearchBox,
    apply_request_filters,
    build_filter_chips,
    build_filter_controls,
    get_requested_order,
    get_search_query,
)
from app.admin.rows import RowRenderer
from app.admin.search_filter import QuickSearchFilter
from app.core import formats
from app.db.types import parse_whole_number

PAGE_SIZES = (10, 25, 50, 100)
MAX_PAGED_ROWS = 2_500
"""Rows that can be paged to from either end: further in nobody pages, one searches, filters or sorts."""
MAX_LIST_URL_LENGTH = 500


@dataclass(frozen=True)
class ListColumn:
    """A head of the list."""

    name: str
    label: Any
    mobile_slot: str
    css_class: str = ""
    order_url: str | None = None
    sort_direction: str = ""


@dataclass(frozen=True)
class Pager:
    """What stands below the list."""

    count_text: str
    first: int
    last: int
    pages: list[tuple[str, str | None, bool]]
    sizes: list[tuple[int, str, bool]]


@dataclass(frozen=True)
class ListQuery:
    """What the address asks of a list."""

    order: str
    direction: str
    page: int
    size: int
    q: str = ""
    filters: Any = None
    chips: list[FilterChip] = field(default_factory=list)
    preset: Preset | None = None


class ListPage(OptionSource, RowRenderer):
    """The list, and the same rows as a section of another record's page."""

    @expose("/list/")
    @permission_required("list")
    def list(self) -> str:
        """One page of what the user may see."""
        ask = self._parse_list_query()
        # What was searched for may be a name: a cookie keeps only page, order and chosen filters.
        left = request.full_path.removesuffix("?")
        left = "" if ask.q or len(left) > MAX_LIST_URL_LENGTH else left
        if session.get("list_left") != left:  # the same cookie need not be signed again
            session["list_left"] = left
        rows = self._build_list_widget(ask)
        widgets = {"list": rows, "search": self._build_search_widget(ask)}
        log_search(self, len(rows.template_args["rows"]), list_filter_names(self), "list")
        return str(
            self.render_template(
                self.list_template, title=self.list_title, widgets=widgets, crumbs=[], view=self
            )
        )

    def _parse_list_query(self) -> ListQuery:
        name, args, preset, filters = (
            type(self).__name__,
            request.args,
            self._get_requested_preset(),
            self.build_filters(),
        )
        apply_request_filters(self, filters)
        asked = build_filter_chips(self, filters)
        order, direction = get_requested_order(self, filters, preset)
        self._add_list_filters(filters, preset)
        q = get_search_query() if self.quick_search else ""
        if q:
            filters.add_filter("id", QuickSearchFilter, (self, q, bool(asked or preset)))
        size = max(
            _parse_number(
                args.get(f"psize_{name}"), session.get("page_size", self.page_size), max(PAGE_SIZES)
            ),
            1,
        )
        if f"psize_{name}" in args:
            session["page_size"] = size
        page = _parse_number(args.get(f"page_{name}"), 0, MAX_PAGED_ROWS // size - 1)
        return ListQuery(order, direction, page, size, q, filters, asked, preset)

    def _get_requested_preset(self) -> Preset | None:
        asked = request.args.get("show")
        found = next((preset for preset in self.presets if preset.name == asked), None)
        if asked and found is None:
            abort(400)
        return found

    def exclude_restricted_rows(self, filters: Any) -> None:
        """Leave out the rows whose restricted columns the user may not read, if a filter asks for one."""
        restriction = self.datamodel.restriction
        if restriction and any(flt.column_name in restriction.columns for flt in filters.filters):
            filters.add_filter("id", VisibleFilter, restriction.readable_by)

    def _add_list_filters(self, filters: Any, preset: Preset | None) -> None:
        self.exclude_restricted_rows(filters)
        if preset is not None:
            filters.add_filter("id", PresetFilter, preset)
        if hasattr(self.datamodel.obj, "archived_at") and request.args.get("archived") != "y":
            filters.add_filter("id", NotArchivedFilter, None)

    def _build_list_widget(
        self, list_query: ListQuery, *, related: bool = False, omitted_column: str | None = None
    ) -> Any:
        """The widget of the rows; `known` is a column that the page around them says already."""
        names = [name for name in self.list_columns if name != omitted_column]
        title = self._get_title_column(names)
        joined = list_query.filters.get_joined_filters(self._base_filters)
        count, items = self.datamodel.query(
            joined, list_query.order, list_query.direction, page=list_query.page, page_size=list_query.size
        )
        return self.list_widget(
            view=self,
            related=related,
            caption=self.list_title,
            columns=[self._build_column(name, title, list_query, related=related) for name in names],
            rows=self.rows(items, names, title),
            pager=self._build_pager(list_query, count, len(items), related=related),
            count=count,
            total=self._format_total(joined) if items and count <= MAX_COUNT else None,
            add_url=None if related else self.add_url(),
            add_label=self.add_title,
            empty_hint=self.empty_hint,
            filtered=bool(list_query.chips or list_query.q or list_query.preset),
        )

    def _format_total(self, filters: Any) -> tuple[Any, str] | None:
        """The sum that stands below the rows, over all pages of a list that was counted to its end."""
        if self.total_column is None:
            return None
        label, name = self.total_column
        return label, formats.format_rupiah(self.datamodel.sum_column(filters, name))

    def add_url(self, **prefill: Any) -> str | None:
        """Where to add a record, if the user may."""
        if not self.has_add_form or not can(self, "add"):
            return None
        return url_for(f"{self.endpoint}.add", **prefill)

    def _build_column(self, name: str, title: str, list_query: ListQuery, *, related: bool) -> ListColumn:
        known = (name, self.label_columns[name], self.mobile_slot(name, title), self._get_css_class(name))
        if related or name not in self.order_columns:
            return ListColumn(*known)
        current = list_query.order == name
        direction = "desc" if current and list_query.direction == "asc" else "asc"
        sort = "" if not current else ("ascending" if list_query.direction == "asc" else "descending")
        view = type(self).__name__
        url = self.list_url(**{f"_oc_{view}": name, f"_od_{view}": direction, f"page_{view}": None})
        return ListColumn(*known, url, sort)

    def list_url(self, **changes: Any) -> str:
        """The address of this list with some of its arguments changed; None leaves one out."""
        args = {**request.args.to_dict(flat=False), **changes}
        said = {name: value for name, value in args.items() if value is not None}
        # A page names twenty of its own addresses: `url_for` takes five times as long for each.
        return f"{self.route_base}/list/" + (f"?{urlencode(said, doseq=True)}" if said else "")

    def _build_pager(self, list_query: ListQuery, count: int, row_count: int, *, related: bool) -> Pager:
        view, first = type(self).__name__, list_query.page * list_query.size + 1
        total = formats.format_number(MAX_COUNT) + "+" if count > MAX_COUNT else formats.format_number(count)
        if related:
            return Pager(total, 1, row_count, [], [])
        last_page = max(
            (min(count, MAX_COUNT + 1) - 1) // list_query.size,
            list_query.page if row_count == list_query.size else 0,
        )
        around = range(max(0, list_query.page - 2), min(last_page, list_query.page + 2) + 1)
        pages: list[tuple[str, str | None, bool]] = []
        if last_page:
            if list_query.page:
                pages.append((_("Previous"), self.list_url(**{f"page_{view}": list_query.page - 1}), False))
            pages += [
                (formats.format_number(n + 1), self.list_url(**{f"page_{view}": n}), n == list_query.page)
                for n in around
            ]
            beyond = (
                count > MAX_COUNT
                and row_count == list_query.size
                and (list_query.page + 2) * list_query.size <= MAX_PAGED_ROWS
            )
            if list_query.page < last_page or beyond:
                pages.append((_("Next"), self.list_url(**{f"page_{view}": list_query.page + 1}), False))
            if count > MAX_COUNT:
                pages.append((_("From the end"), self._get_reversed_url(list_query), False))
        sizes = [
            (n, self.list_url(**{f"psize_{view}": n, f"page_{view}": None}), n == list_query.size)
            for n in PAGE_SIZES
        ]
        return Pager(
            total, first if row_count else 0, first + row_count - 1 if row_count else 0, pages, sizes
        )

    def _get_reversed_url(self, list_query: ListQuery) -> str:
        """The same list the other way round: the last page without counting all before it."""
        view, other = type(self).__name__, "desc" if list_query.direction == "asc" else "asc"
        return self.list_url(**{f"_oc_{view}": list_query.order, f"_od_{view}": other, f"page_{view}": None})

    def _build_search_widget(self, list_query: ListQuery) -> Any:
        view = type(self).__name__
        kept = [
            (name, value)
            for name, value in request.args.items(multi=True)
            if name
            in (f"_oc_{view}", f"_od_{view}", f"psize_{view}", "show", *self.preserved_query_arguments)
        ]
        quick = QuickSearchBox(
            "q",
            list_query.q,
            self.search_hint or _("Search"),
            self.search_hint or _("Search"),
            url_for(f"{self.endpoint}.list"),
        )
        return self.search_widget(
            quick=quick if self.quick_search else None,
            filters=build_filter_controls(self),
            presets=self._build_preset_links(list_query),
            chips=[(chip.text, chip.remove_url) for chip in list_query.chips],
            clear_url=url_for(f"{self.endpoint}.list"),
            hidden=kept,
            open=False,
            view=self,
        )

    def _build_preset_links(self, list_query: ListQuery) -> Sequence[tuple[Any, str, bool]]:
        """(label, address, whether it is shown now): all, and each list that has a name."""
        view = type(self).__name__
        fresh = dict.fromkeys((f"page_{view}", f"_oc_{view}", f"_od_{view}"))
        offered = [(None, _("All")), *((preset, preset.label) for preset in self.presets)]
        return [
            (label, self.list_url(show=preset and preset.name, **fresh), preset is list_query.preset)
            for preset, label in (offered if self.presets else ())
        ]


def _parse_number(text: str | None, default: int, maximum: int) -> int:
    if not text:
        return default
    number = parse_whole_number(text)
    if number is None:
        abort(400)
    return min(number, maximum)
