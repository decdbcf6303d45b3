"""RowRenderer: records as rows of cells; related records only as far as the user may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape

from app.admin import registry
from app.admin.permissions import can
from app.admin.registry import View
from app.admin.values import render_value
from app.core import formats
from app.db.masking import mask_for

RowValues = Mapping[str, Any]
"""Column -> value of one record; each is read once, because some are computed."""
HiddenIds = frozenset[tuple[type[Any], int]]
"""(model, id) of related records in the rows that this user may not see."""

LONG_TITLE_LENGTH = 40
"""Characters; a longer title gets the whole width of a mobile card."""

# HTML of the table: a list has hundreds of cells, and a template takes ten times as long for each.
_TD_HTML = '<td class="%s"%s>%s</td>'
_LINK_HTML = '<a href="%s">%s</a>'
_PHONE_OR_WIDE_HTML = '<span class="only-phone">%s</span><span class="only-wide">%s</span>'


@dataclass(frozen=True, slots=True)
class Cell:
    """Rendered value of a row."""

    html: Markup
    mobile_slot: str
    """Its slot on the mobile card."""
    td: Markup
    """The complete table cell."""


@dataclass(frozen=True, slots=True)
class Row:
    """Rendered record of a list."""

    id: int
    url: str | None
    edit_url: str | None
    cells: Sequence[Cell]
    name: str
    """Title of the record for screen readers."""


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """Rendering properties that all cells of one column share."""

    name: str
    mobile_slot: str
    css_class: str
    label_attribute: str
    """HTML attribute with the column label, shown on the mobile card."""


class RowRenderer:
    """Renders the records of one view as rows and cells."""

    def __init__(self, view: View) -> None:
        self.view = view

    def get_title_column(self, names: Sequence[str]) -> str:
        """Return the column that opens the record: the title, or the first fact if the title is omitted."""
        slots = [self.view.mobile_columns.get(name) for name in names]
        positions = [slots.index(slot) for slot in ("title", "fact") if slot in slots]
        return names[positions[0] if positions else 0]

    def get_mobile_slot(self, name: str, title: str) -> str:
        """Return the slot of a column on the mobile card; `off` if it is not shown."""
        return "title" if name == title else str(self.view.mobile_columns.get(name, "off"))

    def get_css_class(self, name: str) -> str:
        """Return the CSS class of a column: `num` for numbers, `id` for dates and masked numbers."""
        column, datamodel = self.view.columns.get(name), self.view.datamodel
        if column is None:
            return ""
        if column.info.get("masked") or datamodel.is_date(name) or datamodel.is_datetime(name):
            return "id"
        return "num" if datamodel.is_integer(name) else ""

    def render_rows(self, items: Sequence[Any], names: Sequence[str], title: str = "") -> list[Row]:
        """Render the records as rows of these columns; `title` is the column that opens the record."""
        view = self.view
        view.prepare_rows(items)
        can_show, can_edit = can(view, "show"), view.has_edit_form and can(view, "edit")
        row_values = [self.get_row_values(item, names) for item in items]
        hidden_ids = self.find_hidden_ids(row_values)
        layouts = [self._build_column_layout(name, title) for name in names]
        yes_no_texts = {str(_("Yes")), str(_("No"))}
        return [
            _build_row(
                item.id,
                f"{view.route_base}/show/{item.id}" if can_show else None,
                f"{view.route_base}/edit/{item.id}" if can_edit and view.is_editable(item) else None,
                [
                    (layout, view.render_cell(item, layout.name, values[layout.name], hidden_ids))
                    for layout in layouts
                ],
                yes_no_texts,
            )
            for item, values in zip(items, row_values, strict=True)
        ]

    def get_row_values(self, item: Any, names: Sequence[str]) -> RowValues:
        """Read the values of these columns; restricted ones are replaced by a placeholder."""
        restricted = self.view.restricted_columns(item)
        return {name: render_not_visible() if name in restricted else getattr(item, name) for name in names}

    def _build_column_layout(self, name: str, title: str) -> ColumnLayout:
        label = f' data-label="{escape(self.view.label_columns[name])}"'
        return ColumnLayout(name, self.get_mobile_slot(name, title), self.get_css_class(name), label)

    def render_cell(
        self, item: Any, name: str, value: Any, hidden_ids: HiddenIds, *, mask: bool = True
    ) -> Markup:
        """Render a value by the type of its column; records that the user may not see are not named."""
        formatter = self.view.formatters_columns.get(name)
        if formatter is not None:
            value = formatter(value)
        if is_collection(value):
            texts = [self.render_related_text(element, hidden_ids) for element in value]
            separator = (
                Markup(" ") if all(hasattr(type(element), "tones") for element in value) else Markup(", ")
            )
            return separator.join(texts) if texts else Markup(formats.EMPTY_VALUE)
        if registry.is_record(value):
            return self.render_related_text(value, hidden_ids)
        column = self.view.columns.get(name)
        return render_value(mask_for(current_user, value, column), column, mask=mask)

    def render_related_text(self, item: Any, hidden_ids: HiddenIds) -> Markup:
        """Render a related record as one line, or a placeholder if it is hidden."""
        view = registry.find_view(type(item))
        if view is None:
            return render_value(mask_for(current_user, item))
        if (view.datamodel.obj, item.id) in hidden_ids:
            return render_not_visible()
        return render_value(view.option_text(item))

    def find_hidden_ids(self, row_values: Iterable[RowValues]) -> HiddenIds:
        """Return related records of these rows that the user may not see; one query per restricted model."""
        columns, ids_by_model = self.view.columns, defaultdict[type[Any], set[int]](set)
        for values in row_values:
            for record in _iter_records(value for name, value in values.items() if name not in columns):
                ids_by_model[type(record)].add(record.id)
        views_with_ids = [(registry.find_view(model), keys) for model, keys in ids_by_model.items()]
        restricted = [
            (view, keys) for view, keys in views_with_ids if view and view.has_hidden_records(current_user)
        ]
        return frozenset(
            (view.datamodel.obj, key) for view, keys in restricted for key in keys - view.visible_ids(keys)
        )


def render_not_visible() -> Markup:
    """Render a placeholder for a value that may exist but that this user may not see."""
    return Markup("<span class=muted>{}</span>").format(_("not visible to you"))


def is_collection(value: Any) -> bool:
    """Whether the value is iterable and not a string."""
    return not isinstance(value, str) and hasattr(value, "__iter__")


def _iter_records(values: Iterable[Any]) -> Iterator[Any]:
    """Yield the records among the values, also those in collections."""
    for value in values:
        yield from filter(registry.is_record, value if is_collection(value) else (value,))


def _build_row(
    pk: int,
    url: str | None,
    edit_url: str | None,
    values: Sequence[tuple[ColumnLayout, Markup]],
    yes_no_texts: set[str],
) -> Row:
    name = next((html.striptags() for layout, html in values if layout.mobile_slot == "title"), "")
    return Row(
        pk, url, edit_url, [_build_cell(layout, html, url, yes_no_texts) for layout, html in values], name
    )


def _build_cell(layout: ColumnLayout, html: Markup, url: str | None, yes_no_texts: set[str]) -> Cell:
    has_link = "<a " in html
    content: str = html
    if layout.mobile_slot == "title" and url is not None:
        content = _LINK_HTML % (escape(url), escape(html.striptags() if has_link else html or _("Open")))
    elif has_link and layout.mobile_slot != "off":
        # On a phone the whole card links to the record, whose page shows this link again.
        content = _PHONE_OR_WIDE_HTML % (escape(html.striptags()), html)
    is_self_explanatory = layout.mobile_slot != "fact" or not (layout.css_class or html in yes_no_texts)
    label_attribute = "" if is_self_explanatory else layout.label_attribute
    return Cell(
        html,
        layout.mobile_slot,
        Markup(_TD_HTML % (_get_td_classes(layout, html), label_attribute, content)),
    )


def _get_td_classes(layout: ColumnLayout, html: Markup) -> str:
    css = f"c-{layout.mobile_slot} {layout.css_class}"
    if html in ("", formats.EMPTY_VALUE) or "state-hidden_badge" in html:
        css += " c-none"
    return css + " c-long" if len(html) > LONG_TITLE_LENGTH and layout.mobile_slot == "title" else css
