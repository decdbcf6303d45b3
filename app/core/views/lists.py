"""The list of a room: quick search, few filters, one page of rows, cards on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import abort, request, session, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _

from app.core import display
from app.core.types import whole
from app.core.views.access_log import filter_names, log_search
from app.core.views.cells import Cells
from app.core.views.filters import NotArchived, Preset, Shown, Visible
from app.core.views.guard import allowed, may
from app.core.views.interface import COUNT_CAP
from app.core.views.options import Offering
from app.core.views.quick import Quick
from app.core.views.searching import (
    Chip,
    QuickBox,
    asked_order,
    chips,
    controls,
    take_filters,
    typed_query,
)

SIZES = (10, 25, 50, 100)
REACH = 2_500
"""Rows that can be paged to from either end: further in nobody pages, one searches, filters or sorts."""
LONGEST_LEFT = 500


@dataclass(frozen=True)
class Column:
    """A head of the list."""

    name: str
    label: Any
    role: str
    kind: str = ""
    order_url: str | None = None
    sort: str = ""


@dataclass(frozen=True)
class Pager:
    """What stands below the list."""

    count_text: str
    first: int
    last: int
    pages: list[tuple[str, str | None, bool]]
    sizes: list[tuple[int, str, bool]]


@dataclass(frozen=True)
class Ask:
    """What the address asks of a list."""

    order: str
    direction: str
    page: int
    size: int
    q: str = ""
    filters: Any = None
    chips: list[Chip] = field(default_factory=list)
    preset: Preset | None = None


class Listing(Offering, Cells):
    """The list, and the same rows as a section of another record's page."""

    @expose("/list/")
    @allowed("list")
    def list(self) -> str:
        """One page of what the user may see."""
        ask = self._ask()
        # What was searched for may be a name: a cookie keeps only page, order and chosen filters.
        left = request.full_path.removesuffix("?")
        left = "" if ask.q or len(left) > LONGEST_LEFT else left
        if session.get("list_left") != left:  # the same cookie need not be signed again
            session["list_left"] = left
        rows = self._rows(ask)
        widgets = {"list": rows, "search": self._search(ask)}
        log_search(self, len(rows.template_args["rows"]), filter_names(self), "list")
        return str(
            self.render_template(
                self.list_template, title=self.list_title, widgets=widgets, crumbs=[], view=self
            )
        )

    def _ask(self) -> Ask:
        name, args, preset, filters = type(self).__name__, request.args, self._preset(), self.fresh_filters()
        take_filters(self, filters)
        asked = chips(self, filters)
        order, direction = asked_order(self, filters, preset)
        self._narrow(filters, preset)
        q = typed_query() if self.quick_search else ""
        if q:
            filters.add_filter("id", Quick, (self, q, bool(asked or preset)))
        size = max(_whole(args.get(f"psize_{name}"), session.get("page_size", self.page_size), max(SIZES)), 1)
        if f"psize_{name}" in args:
            session["page_size"] = size
        page = _whole(args.get(f"page_{name}"), 0, REACH // size - 1)
        return Ask(order, direction, page, size, q, filters, asked, preset)

    def _preset(self) -> Preset | None:
        asked = request.args.get("show")
        found = next((preset for preset in self.presets if preset.name == asked), None)
        if asked and found is None:
            abort(400)
        return found

    def narrow_restricted(self, filters: Any) -> None:
        """Leave out the rows whose restricted columns the user may not read, if a filter asks for one."""
        restriction = self.datamodel.restriction
        if restriction and any(flt.column_name in restriction.columns for flt in filters.filters):
            filters.add_filter("id", Visible, restriction.readable_by)

    def _narrow(self, filters: Any, preset: Preset | None) -> None:
        self.narrow_restricted(filters)
        if preset is not None:
            filters.add_filter("id", Shown, preset)
        if hasattr(self.datamodel.obj, "archived_at") and request.args.get("archived") != "y":
            filters.add_filter("id", NotArchived, None)

    def _rows(self, ask: Ask, *, related: bool = False, known: str | None = None) -> Any:
        """The widget of the rows; `known` is a column that the page around them says already."""
        names = [name for name in self.list_columns if name != known]
        title = self._title_of(names)
        joined = ask.filters.get_joined_filters(self._base_filters)
        count, items = self.datamodel.query(
            joined, ask.order, ask.direction, page=ask.page, page_size=ask.size
        )
        return self.list_widget(
            view=self,
            related=related,
            caption=self.list_title,
            columns=[self._column(name, title, ask, related=related) for name in names],
            rows=self.rows(items, names, title),
            pager=self._pager(ask, count, len(items), related=related),
            count=count,
            total=self._total(joined) if items and count <= COUNT_CAP else None,
            add_url=None if related else self.add_url(),
            add_label=self.add_title,
            empty_hint=self.empty_hint,
            filtered=bool(ask.chips or ask.q or ask.preset),
        )

    def _total(self, filters: Any) -> tuple[Any, str] | None:
        """The sum that stands below the rows, over all pages of a list that was counted to its end."""
        if self.total is None:
            return None
        label, name = self.total
        return label, display.rupiah(self.datamodel.total(filters, name))

    def add_url(self, **prefill: Any) -> str | None:
        """Where to add a record, if the user may."""
        if not self.may_add or not may(self, "add"):
            return None
        return url_for(f"{self.endpoint}.add", **prefill)

    def _column(self, name: str, title: str, ask: Ask, *, related: bool) -> Column:
        known = (name, self.label_columns[name], self.role(name, title), self._kind(name))
        if related or name not in self.order_columns:
            return Column(*known)
        current = ask.order == name
        direction = "desc" if current and ask.direction == "asc" else "asc"
        sort = "" if not current else ("ascending" if ask.direction == "asc" else "descending")
        view = type(self).__name__
        url = self.url_with(**{f"_oc_{view}": name, f"_od_{view}": direction, f"page_{view}": None})
        return Column(*known, url, sort)

    def url_with(self, **changes: Any) -> str:
        """The address of this list with some of its arguments changed; None leaves one out."""
        args = {**request.args.to_dict(flat=False), **changes}
        said = {name: value for name, value in args.items() if value is not None}
        # A page names twenty of its own addresses: `url_for` takes five times as long for each.
        return f"{self.route_base}/list/" + (f"?{urlencode(said, doseq=True)}" if said else "")

    def _pager(self, ask: Ask, count: int, shown: int, *, related: bool) -> Pager:
        view, first = type(self).__name__, ask.page * ask.size + 1
        total = display.number(COUNT_CAP) + "+" if count > COUNT_CAP else display.number(count)
        if related:
            return Pager(total, 1, shown, [], [])
        last_page = max((min(count, COUNT_CAP + 1) - 1) // ask.size, ask.page if shown == ask.size else 0)
        around = range(max(0, ask.page - 2), min(last_page, ask.page + 2) + 1)
        pages: list[tuple[str, str | None, bool]] = []
        if last_page:
            if ask.page:
                pages.append((_("Previous"), self.url_with(**{f"page_{view}": ask.page - 1}), False))
            pages += [
                (display.number(n + 1), self.url_with(**{f"page_{view}": n}), n == ask.page) for n in around
            ]
            beyond = count > COUNT_CAP and shown == ask.size and (ask.page + 2) * ask.size <= REACH
            if ask.page < last_page or beyond:
                pages.append((_("Next"), self.url_with(**{f"page_{view}": ask.page + 1}), False))
            if count > COUNT_CAP:
                pages.append((_("From the end"), self._from_the_end(ask), False))
        sizes = [
            (n, self.url_with(**{f"psize_{view}": n, f"page_{view}": None}), n == ask.size) for n in SIZES
        ]
        return Pager(total, first if shown else 0, first + shown - 1 if shown else 0, pages, sizes)

    def _from_the_end(self, ask: Ask) -> str:
        """The same list the other way round: the last page without counting all before it."""
        view, other = type(self).__name__, "desc" if ask.direction == "asc" else "asc"
        return self.url_with(**{f"_oc_{view}": ask.order, f"_od_{view}": other, f"page_{view}": None})

    def _search(self, ask: Ask) -> Any:
        view = type(self).__name__
        kept = [
            (name, value)
            for name, value in request.args.items(multi=True)
            if name in (f"_oc_{view}", f"_od_{view}", f"psize_{view}", "show", *self.kept_arguments)
        ]
        quick = QuickBox(
            "q",
            ask.q,
            self.search_hint or _("Search"),
            self.search_hint or _("Search"),
            url_for(f"{self.endpoint}.list"),
        )
        return self.search_widget(
            quick=quick if self.quick_search else None,
            filters=controls(self),
            presets=self._presets(ask),
            chips=[(chip.text, chip.remove_url) for chip in ask.chips],
            clear_url=url_for(f"{self.endpoint}.list"),
            hidden=kept,
            open=False,
            view=self,
        )

    def _presets(self, ask: Ask) -> Sequence[tuple[Any, str, bool]]:
        """(label, address, whether it is shown now): all, and each list that has a name."""
        view = type(self).__name__
        fresh = dict.fromkeys((f"page_{view}", f"_oc_{view}", f"_od_{view}"))
        offered = [(None, _("All")), *((preset, preset.label) for preset in self.presets)]
        return [
            (label, self.url_with(show=preset and preset.name, **fresh), preset is ask.preset)
            for preset, label in (offered if self.presets else ())
        ]


def _whole(text: str | None, default: int, most: int) -> int:
    if not text:
        return default
    number = whole(text)
    if number is None:
        abort(400)
    return min(number, most)
