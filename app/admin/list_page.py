"""ListPage: quick search, filters and one page of rows; shown as cards on a phone."""

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
"""Rows that can be paged to from either end; beyond, users search, filter or sort."""
MAX_LIST_URL_LENGTH = 500


@dataclass(frozen=True)
class ListColumn:
    """Column head of a list."""

    name: str
    label: Any
    mobile_slot: str
    css_class: str = ""
    order_url: str | None = None
    sort_direction: str = ""


@dataclass(frozen=True)
class Pager:
    """Count, page links and page sizes below a list."""

    count_text: str
    first: int
    last: int
    pages: list[tuple[str, str | None, bool]]
    sizes: list[tuple[int, str, bool]]


@dataclass(frozen=True)
class ListQuery:
    """Parsed query string of a list page."""

    order: str
    direction: str
    page: int
    size: int
    q: str = ""
    filters: Any = None
    chips: list[FilterChip] = field(default_factory=list)
    preset: Preset | None = None


class ListPage(OptionSource, RowRenderer):
    """List page, and the same rows as a section of another record's detail page."""

    @expose("/list/")
    @permission_required("list")
    def list(self) -> str:
        """Render one page of the rows that the user may see, and log it."""
        list_query = self._parse_list_query()
        # A search text may be a name: the cookie stores only page, order and chosen filters.
        list_path = request.full_path.removesuffix("?")
        list_path = "" if list_query.q or len(list_path) > MAX_LIST_URL_LENGTH else list_path
        if session.get("list_left") != list_path:  # do not sign an unchanged cookie again
            session["list_left"] = list_path
        list_widget = self._build_list_widget(list_query)
        widgets = {"list": list_widget, "search": self._build_search_widget(list_query)}
        log_search(self, len(list_widget.template_args["rows"]), list_filter_names(self), "list")
        return str(
            self.render_template(
                self.list_template, title=self.list_title, widgets=widgets, crumbs=[], view=self
            )
        )

    def _parse_list_query(self) -> ListQuery:
        view_name, args, preset, filters = (
            type(self).__name__,
            request.args,
            self._get_requested_preset(),
            self.build_filters(),
        )
        apply_request_filters(self, filters)
        chips = build_filter_chips(self, filters)
        order, direction = get_requested_order(self, filters, preset)
        self._add_list_filters(filters, preset)
        q = get_search_query() if self.quick_search else ""
        if q:
            filters.add_filter("id", QuickSearchFilter, (self, q, bool(chips or preset)))
        size = max(
            _parse_number(
                args.get(f"psize_{view_name}"), session.get("page_size", self.page_size), max(PAGE_SIZES)
            ),
            1,
        )
        if f"psize_{view_name}" in args:
            session["page_size"] = size
        page = _parse_number(args.get(f"page_{view_name}"), 0, MAX_PAGED_ROWS // size - 1)
        return ListQuery(order, direction, page, size, q, filters, chips, preset)

    def _get_requested_preset(self) -> Preset | None:
        requested_name = request.args.get("show")
        requested_preset = next((preset for preset in self.presets if preset.name == requested_name), None)
        if requested_name and requested_preset is None:
            abort(400)
        return requested_preset

    def exclude_restricted_rows(self, filters: Any) -> None:
        """Exclude rows whose restricted columns the user may not read, if a filter uses such a column."""
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
        """Build the widget of the rows; `omitted_column` is already shown by the page around it."""
        names = [name for name in self.list_columns if name != omitted_column]
        title = self._get_title_column(names)
        joined_filters = list_query.filters.get_joined_filters(self._base_filters)
        count, items = self.datamodel.query(
            joined_filters,
            list_query.order,
            list_query.direction,
            page=list_query.page,
            page_size=list_query.size,
        )
        return self.list_widget(
            view=self,
            related=related,
            caption=self.list_title,
            columns=[self._build_column(name, title, list_query, related=related) for name in names],
            rows=self.rows(items, names, title),
            pager=self._build_pager(list_query, count, len(items), related=related),
            count=count,
            total=self._format_total(joined_filters) if items and count <= MAX_COUNT else None,
            add_url=None if related else self.add_url(),
            add_label=self.add_title,
            empty_hint=self.empty_hint,
            filtered=bool(list_query.chips or list_query.q or list_query.preset),
        )

    def _format_total(self, filters: Any) -> tuple[Any, str] | None:
        """Format the total below the rows, over all pages of a list whose count is exact."""
        if self.total_column is None:
            return None
        label, name = self.total_column
        return label, formats.format_rupiah(self.datamodel.sum_column(filters, name))

    def add_url(self, **prefill: Any) -> str | None:
        """Return the URL of the add form with `prefill` as its query string; None if the user may not add."""
        if not self.has_add_form or not can(self, "add"):
            return None
        return url_for(f"{self.endpoint}.add", **prefill)

    def _build_column(self, name: str, title: str, list_query: ListQuery, *, related: bool) -> ListColumn:
        head = (name, self.label_columns[name], self.mobile_slot(name, title), self._get_css_class(name))
        if related or name not in self.order_columns:
            return ListColumn(*head)
        is_current = list_query.order == name
        direction = "desc" if is_current and list_query.direction == "asc" else "asc"
        sort_direction = (
            "" if not is_current else ("ascending" if list_query.direction == "asc" else "descending")
        )
        view_name = type(self).__name__
        url = self.list_url(
            **{f"_oc_{view_name}": name, f"_od_{view_name}": direction, f"page_{view_name}": None}
        )
        return ListColumn(*head, url, sort_direction)

    def list_url(self, **changes: Any) -> str:
        """Return the URL of this list with some query arguments changed; None removes one."""
        args = {**request.args.to_dict(flat=False), **changes}
        query_args = {name: value for name, value in args.items() if value is not None}
        # A page contains about twenty such URLs: `url_for` takes five times as long for each.
        return f"{self.route_base}/list/" + (f"?{urlencode(query_args, doseq=True)}" if query_args else "")

    def _build_pager(self, list_query: ListQuery, count: int, row_count: int, *, related: bool) -> Pager:
        view_name, first = type(self).__name__, list_query.page * list_query.size + 1
        count_text = (
            formats.format_number(MAX_COUNT) + "+" if count > MAX_COUNT else formats.format_number(count)
        )
        if related:
            return Pager(count_text, 1, row_count, [], [])
        last_page = max(
            (min(count, MAX_COUNT + 1) - 1) // list_query.size,
            list_query.page if row_count == list_query.size else 0,
        )
        page_range = range(max(0, list_query.page - 2), min(last_page, list_query.page + 2) + 1)
        pages: list[tuple[str, str | None, bool]] = []
        if last_page:
            if list_query.page:
                pages.append(
                    (_("Previous"), self.list_url(**{f"page_{view_name}": list_query.page - 1}), False)
                )
            pages += [
                (
                    formats.format_number(n + 1),
                    self.list_url(**{f"page_{view_name}": n}),
                    n == list_query.page,
                )
                for n in page_range
            ]
            has_uncounted_page = (
                count > MAX_COUNT
                and row_count == list_query.size
                and (list_query.page + 2) * list_query.size <= MAX_PAGED_ROWS
            )
            if list_query.page < last_page or has_uncounted_page:
                pages.append((_("Next"), self.list_url(**{f"page_{view_name}": list_query.page + 1}), False))
            if count > MAX_COUNT:
                pages.append((_("From the end"), self._get_reversed_url(list_query), False))
        sizes = [
            (n, self.list_url(**{f"psize_{view_name}": n, f"page_{view_name}": None}), n == list_query.size)
            for n in PAGE_SIZES
        ]
        return Pager(
            count_text, first if row_count else 0, first + row_count - 1 if row_count else 0, pages, sizes
        )

    def _get_reversed_url(self, list_query: ListQuery) -> str:
        """Return the list in reverse order: it begins with the last page, without counting all rows."""
        view_name, direction = type(self).__name__, "desc" if list_query.direction == "asc" else "asc"
        return self.list_url(
            **{f"_oc_{view_name}": list_query.order, f"_od_{view_name}": direction, f"page_{view_name}": None}
        )

    def _build_search_widget(self, list_query: ListQuery) -> Any:
        view_name = type(self).__name__
        hidden_args = [
            (name, value)
            for name, value in request.args.items(multi=True)
            if name
            in (
                f"_oc_{view_name}",
                f"_od_{view_name}",
                f"psize_{view_name}",
                "show",
                *self.preserved_query_arguments,
            )
        ]
        search_box = QuickSearchBox(
            "q",
            list_query.q,
            self.search_hint or _("Search"),
            self.search_hint or _("Search"),
            url_for(f"{self.endpoint}.list"),
        )
        return self.search_widget(
            quick=search_box if self.quick_search else None,
            filters=build_filter_controls(self),
            presets=self._build_preset_links(list_query),
            chips=[(chip.text, chip.remove_url) for chip in list_query.chips],
            clear_url=url_for(f"{self.endpoint}.list"),
            hidden=hidden_args,
            open=False,
            view=self,
        )

    def _build_preset_links(self, list_query: ListQuery) -> Sequence[tuple[Any, str, bool]]:
        """Return (label, URL, is current) of the whole list and of each preset."""
        view_name = type(self).__name__
        reset_args = dict.fromkeys((f"page_{view_name}", f"_oc_{view_name}", f"_od_{view_name}"))
        options = [(None, _("All")), *((preset, preset.label) for preset in self.presets)]
        return [
            (label, self.list_url(show=preset and preset.name, **reset_args), preset is list_query.preset)
            for preset, label in (options if self.presets else ())
        ]


def _parse_number(text: str | None, default: int, maximum: int) -> int:
    if not text:
        return default
    number = parse_whole_number(text)
    if number is None:
        abort(400)
    return min(number, maximum)
