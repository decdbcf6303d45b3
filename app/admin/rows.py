"""Rows and cells: each value by its type, each related record only as far as the user may see it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy import True_, select

from app.admin import registry
from app.admin.declaration import DeclaredView
from app.admin.permissions import can
from app.admin.values import render_value
from app.core import formats
from app.core.actor import Actor
from app.db.masking import mask_for

RowValues = Mapping[str, Any]
"""What a record says: column -> value, each read once, for some are worked out."""
HiddenIds = frozenset[tuple[type[Any], int]]
"""(model, id) of related records that stand in the rows but not before this user."""


class Cell(NamedTuple):
    """One value of a row."""

    html: Markup
    mobile_slot: str
    """Its place on a phone's card."""
    td: Markup
    """The value as it stands in the table."""


class Row(NamedTuple):
    """One record of a list."""

    id: int
    url: str | None
    edit_url: str | None
    cells: list[Cell]
    name: str
    """What the record is called, for those who hear the page."""


class ColumnLayout(NamedTuple):
    """What all the cells of one column have in common."""

    name: str
    mobile_slot: str
    css_class: str
    label_attribute: str
    """The attribute that tells a phone what the value is of."""


LONG_TITLE_LENGTH = 40
"""Characters of a title that need the whole width of a card."""


# Pieces of the table's HTML: a list has hundreds of cells, and a template takes ten times as long for each.
_TD_HTML = '<td class="%s"%s>%s</td>'
_LINK_HTML = '<a href="%s">%s</a>'
_PHONE_OR_WIDE_HTML = '<span class="only-phone">%s</span><span class="only-wide">%s</span>'


def _build_cell(layout: ColumnLayout, html: Markup, url: str | None, yes_no_texts: set[str]) -> Cell:
    linked = "<a " in html
    inside: str = html
    if layout.mobile_slot == "title" and url is not None:
        inside = _LINK_HTML % (escape(url), escape(html.striptags() if linked else html or _("Open")))
    elif linked and layout.mobile_slot != "off":
        # On a phone the whole card is one target: its record, where this link is found again.
        inside = _PHONE_OR_WIDE_HTML % (escape(html.striptags()), html)
    speaks = layout.mobile_slot != "fact" or not (layout.css_class or html in yes_no_texts)
    return Cell(
        html,
        layout.mobile_slot,
        Markup(_TD_HTML % (_get_css_classes(layout, html), "" if speaks else layout.label_attribute, inside)),
    )


def _get_css_classes(layout: ColumnLayout, html: Markup) -> str:
    css = f"c-{layout.mobile_slot} {layout.css_class}"
    if html in ("", formats.EMPTY_VALUE) or "state-hidden_badge" in html:
        css += " c-none"
    return css + " c-long" if len(html) > LONG_TITLE_LENGTH and layout.mobile_slot == "title" else css


def render_not_visible() -> Markup:
    """Say that there may be something, and that it is not for this user."""
    return Markup("<span class=muted>{}</span>").format(_("not visible to you"))


def is_collection(value: Any) -> bool:
    """Whether the value is several."""
    return not isinstance(value, str) and hasattr(value, "__iter__")


def _iter_records(values: "Iterable[Any]") -> Iterator[Any]:
    """The records that stand in them."""
    for value in values:
        yield from filter(registry.is_record, value if is_collection(value) else (value,))


class RowRenderer(DeclaredView):
    """How records become rows and facts."""

    def _get_title_column(self, names: Sequence[str]) -> str:
        """The column that opens the record: the declared one, or the next where the page says that."""
        roles = [self.mobile_columns.get(name) for name in names]
        found = [roles.index(role) for role in ("title", "fact") if role in roles]
        return names[found[0] if found else 0]

    def mobile_slot(self, name: str, title: str) -> str:
        """The place of a column on a phone's card."""
        return "title" if name == title else str(self.mobile_columns.get(name, "off"))

    def rows(self, items: list[Any], names: Sequence[str], title: str = "") -> list[Row]:
        """The records as rows of these columns."""
        shown, edited = can(self, "show"), self.has_edit_form and can(self, "edit")
        told = [self.get_row_values(item, names) for item in items]
        hidden = self.find_hidden_ids(told)
        places = [self._build_column_layout(name, title) for name in names]
        answers = {str(_("Yes")), str(_("No"))}
        return [
            self._build_row(
                item,
                f"{self.route_base}/show/{item.id}" if shown else None,
                f"{self.route_base}/edit/{item.id}" if edited and self.is_editable(item) else None,
                [(place, self.cell(item, place.name, values[place.name], hidden)) for place in places],
                answers,
            )
            for item, values in zip(items, told, strict=True)
        ]

    def get_row_values(self, item: Any, names: Sequence[str]) -> RowValues:
        """The values of these columns; in place of a restricted one, that it is not for this user."""
        withheld = self.restricted_columns(item)
        return {name: render_not_visible() if name in withheld else getattr(item, name) for name in names}

    def _build_column_layout(self, name: str, title: str) -> ColumnLayout:
        label = f' data-label="{escape(self.label_columns[name])}"'
        return ColumnLayout(name, self.mobile_slot(name, title), self._get_css_class(name), label)

    def _build_row(
        self,
        item: Any,
        url: str | None,
        edit_url: str | None,
        values: "list[tuple[ColumnLayout, Markup]]",
        yes_no_texts: set[str],
    ) -> Row:
        name = next((html.striptags() for place, html in values if place.mobile_slot == "title"), "")
        return Row(
            item.id,
            url,
            edit_url,
            [_build_cell(place, html, url, yes_no_texts) for place, html in values],
            name,
        )

    def is_editable(self, item: Any) -> bool:
        """Whether the row rule lets this user edit the record."""
        rule = type(self).can_edit
        return rule is None or rule(item, current_user)

    def _get_css_class(self, name: str) -> str:
        column = self.columns.get(name)
        if column is None:
            return ""
        if column.info.get("masked") or self.datamodel.is_date(name) or self.datamodel.is_datetime(name):
            return "id"
        return "num" if self.datamodel.is_integer(name) else ""

    def cell(self, item: Any, name: str, value: Any, hidden_ids: HiddenIds, *, mask: bool = True) -> Markup:
        """A record's value in one column, by its type; records that the user may not see are not named."""
        if is_collection(value):
            texts = [self._render_related_text(one, hidden_ids) for one in value]
            between = Markup(" ") if all(hasattr(type(one), "tones") for one in value) else Markup(", ")
            return between.join(texts) if texts else Markup(formats.EMPTY_VALUE)
        if registry.is_record(value):
            return self._render_related_text(value, hidden_ids)
        column = self.columns.get(name)
        return render_value(mask_for(current_user, value, column), column, mask=mask)

    def _render_related_text(self, item: Any, hidden_ids: HiddenIds) -> Markup:
        view = registry.find_view(type(item))
        if view is None:
            return render_value(mask_for(current_user, item))
        if (view.datamodel.obj, item.id) in hidden_ids:
            return render_not_visible()
        return render_value(view.option_text(item))

    def find_hidden_ids(self, row_values: "Iterable[RowValues]") -> HiddenIds:
        """Related records on this page that the user may not see: one question per guarded relation."""
        columns, asked = self.columns, defaultdict[type[Any], set[int]](set)
        for values in row_values:
            for one in _iter_records(value for name, value in values.items() if name not in columns):
                asked[type(one)].add(one.id)
        viewed = [(registry.find_view(model), keys) for model, keys in asked.items()]
        guarded = [(view, keys) for view, keys in viewed if view and view.has_hidden_records(current_user)]
        return frozenset(
            (view.datamodel.obj, key) for view, keys in guarded for key in keys - view.visible_ids(keys)
        )

    def has_hidden_records(self, user: Actor) -> bool:
        """Whether there may be records of this room that the user must not see."""
        return not isinstance(type(self).visible_to(user), True_)

    def visible_ids(self, ids: set[int]) -> set[int]:
        """Those of `ids` that the user may see."""
        pk = self.datamodel.get_pk()
        return set(
            self.datamodel.session.scalars(select(pk).where(pk.in_(ids), type(self).visible_to(current_user)))
        )
