"""ListPage: quick search, filters and one page of rows; shown as cards on a phone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import abort, request, session, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app.admin.access_log import list_filter_names, log_search
from app.admin.filters import NotArchivedFilter, Preset, PresetFilter, VisibleFilter
from app.admin.interface import MAX_COUNT
from app.admin.permissions import can
from app.admin.query import (
    FilterChip,
    QuickSearchBox,
    apply_request_filters,
    build_filter_chips,
    build_filter_controls,
    get_requested_order,
    get_search_query,
)
from app.admin.registry import View
from app.admin.rows import RowRenderer
from app.admin.search_filter import QuickSearchFilter
from app.core import formats
from app.db.types import parse_whole_number

PAGE_SIZES = (10, 25, 50, 100)
MAX_PAGED_ROWS = 2_500
"""Rows that can be paged to from either end; beyond, users search, filter or sort."""
MAX_LIST_URL_LENGTH = 500
MAX_SECTION_ROWS = 10


@dataclass(frozen=True, slots=True)
class ListColumn:
    """Column head of a list."""

    name: str
    label: Any
    mobile_slot: str
    css_class: str = ""
    order_url: str | None = None
    sort_direction: str = ""


@dataclass(frozen=True, slots=True)
class PageLink:
    """Link to another page, another page size or another preset of the list."""

    label: Any
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Pager:
    """Count, page links and page sizes below a list."""

    count_text: str
    first: int
    last: int
    pages: Sequence[PageLink] = ()
    sizes: Sequence[PageLink] = ()


@dataclass(frozen=True, slots=True)
class ListTotal:
    """Sum over all rows of a list, below the rows."""

    label: Any
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """Related records of one view on a detail page."""

    title: Any
    count_text: str
    html: Markup
    add_url: str | None
    add_label: Any
    is_open: bool


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


class ListPage:
    """List page of one view, and the same rows as a section of another record's detail page."""

    def __init__(self, view: View, row_renderer: RowRenderer) -> None:
        self.view, self.row_renderer = view, row_renderer
        self.name = type(view).__name__
        """FAB's suffix of the query arguments for page, size and order."""

    def render(self) -> str:
        """Render one page of the rows that the user may see, and log it."""
        view, list_query = self.view, self.view.parse_list_query()
        # A search text may be a name: the cookie stores only page, order and chosen filters.
        list_path = request.full_path.removesuffix("?")
        list_path = "" if list_query.q or len(list_path) > MAX_LIST_URL_LENGTH else list_path
        if session.get("list_left") != list_path:  # do not sign an unchanged cookie again
            session["list_left"] = list_path
        list_widget = self._build_list_widget(list_query)
        widgets = {"list": list_widget, "search": self._build_search_widget(list_query)}
        log_search(view, len(list_widget.template_args["rows"]), list_filter_names(view), "list")
        page = view.render_template(
            view.list_template, title=view.list_title, widgets=widgets, crumbs=[], view=view
        )
        return str(page)

    def parse_query(self) -> ListQuery:
        """Parse the query string; anything that the view does not declare answers 400."""
        view, args, preset, filters = (
            self.view,
            request.args,
            self._get_requested_preset(),
            self.view.build_filters(),
        )
        apply_request_filters(view, filters)
        chips = build_filter_chips(view, filters)
        order, direction = get_requested_order(view, filters, preset)
        self._add_list_filters(filters, preset)
        q = get_search_query() if view.quick_search else ""
        if q:
            filters.add_filter("id", QuickSearchFilter, (view, q, bool(chips or preset)))
        default_size = session.get("page_size", view.page_size)
        size = max(_parse_number(args.get(f"psize_{self.name}"), default_size, max(PAGE_SIZES)), 1)
        if f"psize_{self.name}" in args:
            session["page_size"] = size
        page = _parse_number(args.get(f"page_{self.name}"), 0, MAX_PAGED_ROWS // size - 1)
        return ListQuery(order, direction, page, size, q, filters, chips, preset)

    def _get_requested_preset(self) -> Preset | None:
        requested_name = request.args.get("show")
        requested_preset = next(
            (preset for preset in self.view.presets if preset.name == requested_name), None
        )
        if requested_name and requested_preset is None:
            abort(400)
        return requested_preset

    def _add_list_filters(self, filters: Any, preset: Preset | None) -> None:
        self._exclude_restricted_rows(filters)
        if preset is not None:
            filters.add_filter("id", PresetFilter, preset)
        if self._has_archive() and request.args.get("archived") != "y":
            filters.add_filter("id", NotArchivedFilter, None)

    def _exclude_restricted_rows(self, filters: Any) -> None:
        """Exclude rows whose restricted columns the user may not read, if a filter uses such a column."""
        restriction = self.view.datamodel.restriction
        if restriction and any(flt.column_name in restriction.columns for flt in filters.filters):
            filters.add_filter("id", VisibleFilter, restriction.readable_by)

    def _has_archive(self) -> bool:
        return hasattr(self.view.datamodel.obj, "archived_at")

    def _build_list_widget(
        self, list_query: ListQuery, *, related: bool = False, omitted_column: str | None = None
    ) -> Any:
        """Build the widget of the rows; `omitted_column` is already shown by the page around it."""
        view, renderer = self.view, self.row_renderer
        names = [name for name in view.list_columns if name != omitted_column]
        title = renderer.get_title_column(names)
        joined_filters = list_query.filters.get_joined_filters(view._base_filters)
        count, items = view.datamodel.query(
            joined_filters,
            list_query.order,
            list_query.direction,
            page=list_query.page,
            page_size=list_query.size,
        )
        return view.list_widget(
            view=view,
            related=related,
            caption=view.list_title,
            columns=[self._build_column(name, title, list_query, related=related) for name in names],
            rows=renderer.render_rows(items, names, title),
            pager=self._build_pager(list_query, count, len(items), related=related),
            count=count,
            total=self._build_total(joined_filters) if items and count <= MAX_COUNT else None,
            add_url=None if related else self.add_url(),
            add_label=view.add_title,
            empty_hint=view.empty_hint,
            filtered=bool(list_query.chips or list_query.q or list_query.preset),
        )

    def _build_total(self, filters: Any) -> ListTotal | None:
        """Sum up all pages of a list whose count is exact."""
        if self.view.total_column is None:
            return None
        label, name = self.view.total_column
        return ListTotal(label, formats.format_rupiah(self.view.datamodel.sum_column(filters, name)))

    def _build_column(self, name: str, title: str, list_query: ListQuery, *, related: bool) -> ListColumn:
        view, renderer = self.view, self.row_renderer
        head = (
            name,
            view.label_columns[name],
            renderer.get_mobile_slot(name, title),
            renderer.get_css_class(name),
        )
        if related or name not in view.order_columns:
            return ListColumn(*head)
        is_current = list_query.order == name
        direction = "desc" if is_current and list_query.direction == "asc" else "asc"
        sort_direction = (
            "" if not is_current else ("ascending" if list_query.direction == "asc" else "descending")
        )
        return ListColumn(*head, self._get_order_url(name, direction), sort_direction)

    # URLs

    def add_url(self, **prefill: Any) -> str | None:
        """Return the URL of the add form with `prefill` as its query string; None if the user may not add."""
        view = self.view
        if not view.has_add_form or not can(view, "add"):
            return None
        return url_for(f"{view.endpoint}.add", **prefill)

    def url(self, **changes: Any) -> str:
        """Return the URL of this list with some query arguments changed; None removes one."""
        args = {**request.args.to_dict(flat=False), **changes}
        query_args = {name: value for name, value in args.items() if value is not None}
        # A page contains about twenty such URLs: `url_for` takes five times as long for each.
        return f"{self.view.route_base}/list/" + (
            f"?{urlencode(query_args, doseq=True)}" if query_args else ""
        )

    def _get_order_url(self, name: str, direction: str) -> str:
        changes = {f"_oc_{self.name}": name, f"_od_{self.name}": direction, f"page_{self.name}": None}
        return self.url(**changes)

    def _get_page_url(self, number: int) -> str:
        return self.url(**{f"page_{self.name}": number})

    # Pager

    def _build_pager(self, list_query: ListQuery, count: int, row_count: int, *, related: bool) -> Pager:
        is_capped = count > MAX_COUNT
        count_text = formats.format_number(MAX_COUNT) + "+" if is_capped else formats.format_number(count)
        if related:
            return Pager(count_text, 1, row_count)
        first = list_query.page * list_query.size + 1 if row_count else 0
        pages = list(self._iter_page_links(list_query, count, row_count))
        sizes = [
            PageLink(
                size,
                self.url(**{f"psize_{self.name}": size, f"page_{self.name}": None}),
                size == list_query.size,
            )
            for size in PAGE_SIZES
        ]
        return Pager(count_text, first, first + row_count - 1 if row_count else 0, pages, sizes)

    def _iter_page_links(self, list_query: ListQuery, count: int, row_count: int) -> Iterator[PageLink]:
        """Yield the links to the pages around the current one; none if there is only one page."""
        page, size, is_capped = list_query.page, list_query.size, count > MAX_COUNT
        last_page = max((min(count, MAX_COUNT + 1) - 1) // size, page if row_count == size else 0)
        if not last_page:
            return
        if page:
            yield PageLink(_("Previous"), self._get_page_url(page - 1))
        for number in range(max(0, page - 2), min(last_page, page + 2) + 1):
            yield PageLink(formats.format_number(number + 1), self._get_page_url(number), number == page)
        has_uncounted_page = is_capped and row_count == size and (page + 2) * size <= MAX_PAGED_ROWS
        if page < last_page or has_uncounted_page:
            yield PageLink(_("Next"), self._get_page_url(page + 1))
        if is_capped:
            # The list in reverse order begins with the last page, without counting all rows.
            reverse_direction = "desc" if list_query.direction == "asc" else "asc"
            yield PageLink(_("From the end"), self._get_order_url(list_query.order, reverse_direction))

    # Search and filters

    def _build_search_widget(self, list_query: ListQuery) -> Any:
        view, plain_url = self.view, url_for(f"{self.view.endpoint}.list")
        kept_names = (
            f"_oc_{self.name}",
            f"_od_{self.name}",
            f"psize_{self.name}",
            "show",
            *view.preserved_query_arguments,
        )
        hint = view.search_hint or _("Search")
        return view.search_widget(
            quick=QuickSearchBox("q", list_query.q, hint, hint, plain_url) if view.quick_search else None,
            filters=build_filter_controls(view),
            presets=self._build_preset_links(list_query),
            chips=list_query.chips,
            clear_url=plain_url,
            hidden=[(name, value) for name, value in request.args.items(multi=True) if name in kept_names],
            open=False,
            view=view,
        )

    def _build_preset_links(self, list_query: ListQuery) -> Sequence[PageLink]:
        """Return the links to the whole list and to each preset; none without presets."""
        if not self.view.presets:
            return ()
        reset_args = dict.fromkeys((f"page_{self.name}", f"_oc_{self.name}", f"_od_{self.name}"))
        links = [PageLink(_("All"), self.url(show=None, **reset_args), list_query.preset is None)]
        links += [
            PageLink(preset.label, self.url(show=preset.name, **reset_args), preset is list_query.preset)
            for preset in self.view.presets
        ]
        return links

    # Section of another record's detail page

    def build_section(self, parent: Any, parent_view: View) -> Section:
        """Return the first rows of this view, in its `base_order`, that belong to `parent`."""
        view, datamodel = self.view, self.view.datamodel
        relation = datamodel.get_related_fk(parent_view.datamodel.obj)
        filters = view.build_filters()
        relation_filters = datamodel.filter_converter_class(datamodel).convert(relation)
        filters.add_filter(relation, type(relation_filters[0]), [str(parent.id)])
        self._exclude_restricted_rows(filters)
        if self._has_archive():
            filters.add_filter("id", NotArchivedFilter, None)
        list_query = ListQuery(view.base_order[0], view.base_order[1], 0, MAX_SECTION_ROWS, filters=filters)
        widget = self._build_list_widget(list_query, related=True, omitted_column=relation)
        count = widget.template_args["count"]
        if count and not parent_view.is_access_logged:  # else the logged view of the parent implies it
            log_search(view, len(widget.template_args["rows"]), [relation], "section")
        full_list_url = url_for(f"{view.endpoint}.list", **{f"_flt_0_{relation}": parent.id})
        return Section(
            view.list_title,
            widget.template_args["pager"].count_text,
            Markup(widget(more_url=full_list_url if count > MAX_SECTION_ROWS else None)),
            self.add_url(**{relation: parent.id}) if relation in (view.add_columns or ()) else None,
            view.add_title,
            bool(count),
        )


def _parse_number(text: str | None, default: int, maximum: int) -> int:
    if not text:
        return default
    number = parse_whole_number(text)
    if number is None:
        abort(400)
    return min(number, maximum)
