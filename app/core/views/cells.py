"""Rows and cells: each value by its type, each related record only as far as the user may see it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy import True_, select

from app.core import display, registry
from app.core.actor import Actor
from app.core.masking import mask_for
from app.core.views.base import Declared
from app.core.views.guard import may

Told = Mapping[str, Any]
"""What a record says: column -> value, each read once, for some are worked out."""
Hidden = frozenset[tuple[type[Any], int]]
"""(model, id) of related records that stand in the rows but not before this user."""


class Cell(NamedTuple):
    """One value of a row."""

    html: Markup
    role: str
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


class Place(NamedTuple):
    """What all the cells of one column have in common."""

    name: str
    role: str
    kind: str
    label: str
    """The attribute that tells a phone what the value is of."""


LONG = 40
"""Characters of a title that need the whole width of a card."""


# Pieces of the table's HTML: a list has hundreds of cells, and a template takes ten times as long for each.
_TD = '<td class="%s"%s>%s</td>'
_LINK = '<a href="%s">%s</a>'
_BOTH = '<span class="only-phone">%s</span><span class="only-wide">%s</span>'


def _cell(place: Place, html: Markup, url: str | None, answers: set[str]) -> Cell:
    linked = "<a " in html
    inside: str = html
    if place.role == "title" and url is not None:
        inside = _LINK % (escape(url), escape(html.striptags() if linked else html or _("Open")))
    elif linked and place.role != "off":
        # On a phone the whole card is one target: its record, where this link is found again.
        inside = _BOTH % (escape(html.striptags()), html)
    speaks = place.role != "fact" or not (place.kind or html in answers)
    return Cell(html, place.role, Markup(_TD % (_css(place, html), "" if speaks else place.label, inside)))


def _css(place: Place, html: Markup) -> str:
    css = f"c-{place.role} {place.kind}"
    if html in ("", display.UNKNOWN) or "state-usual" in html:
        css += " c-none"
    return css + " c-long" if len(html) > LONG and place.role == "title" else css


def not_visible() -> Markup:
    """Say that there may be something, and that it is not for this user."""
    return Markup("<span class=muted>{}</span>").format(_("not visible to you"))


def is_many(value: Any) -> bool:
    """Whether the value is several."""
    return not isinstance(value, str) and hasattr(value, "__iter__")


def _records(values: "Iterable[Any]") -> Iterator[Any]:
    """The records that stand in them."""
    for value in values:
        yield from filter(registry.is_record, value if is_many(value) else (value,))


class Cells(Declared):
    """How records become rows and facts."""

    def _title_of(self, names: Sequence[str]) -> str:
        """The column that opens the record: the declared one, or the next where the page says that."""
        roles = [self.card.get(name) for name in names]
        found = [roles.index(role) for role in ("title", "fact") if role in roles]
        return names[found[0] if found else 0]

    def role(self, name: str, title: str) -> str:
        """The place of a column on a phone's card."""
        return "title" if name == title else str(self.card.get(name, "off"))

    def rows(self, items: list[Any], names: Sequence[str], title: str = "") -> list[Row]:
        """The records as rows of these columns."""
        shown, edited = may(self, "show"), self.may_change and may(self, "edit")
        told = [self.values_of(item, names) for item in items]
        hidden = self.hidden_related(told)
        places = [self._place(name, title) for name in names]
        answers = {str(_("Yes")), str(_("No"))}
        return [
            self._row(
                item,
                f"{self.route_base}/show/{item.id}" if shown else None,
                f"{self.route_base}/edit/{item.id}" if edited and self.edits(item) else None,
                [(place, self.cell(item, place.name, values[place.name], hidden)) for place in places],
                answers,
            )
            for item, values in zip(items, told, strict=True)
        ]

    def values_of(self, item: Any, names: Sequence[str]) -> Told:
        """The values of these columns; in place of a restricted one, that it is not for this user."""
        withheld = self.withheld(item)
        return {name: not_visible() if name in withheld else getattr(item, name) for name in names}

    def _place(self, name: str, title: str) -> Place:
        label = f' data-label="{escape(self.label_columns[name])}"'
        return Place(name, self.role(name, title), self._kind(name), label)

    def _row(
        self,
        item: Any,
        url: str | None,
        edit_url: str | None,
        values: "list[tuple[Place, Markup]]",
        answers: set[str],
    ) -> Row:
        name = next((html.striptags() for place, html in values if place.role == "title"), "")
        return Row(item.id, url, edit_url, [_cell(place, html, url, answers) for place, html in values], name)

    def edits(self, item: Any) -> bool:
        """Whether the row rule lets this user edit the record."""
        rule = type(self).may_edit
        return rule is None or rule(item, current_user)

    def _kind(self, name: str) -> str:
        column = self.columns.get(name)
        if column is None:
            return ""
        if column.info.get("masked") or self.datamodel.is_date(name) or self.datamodel.is_datetime(name):
            return "id"
        return "num" if self.datamodel.is_integer(name) else ""

    def cell(self, item: Any, name: str, value: Any, hidden: Hidden, *, mask: bool = True) -> Markup:
        """A record's value in one column, by its type; records that the user may not see are not named."""
        if is_many(value):
            texts = [self._related_text(one, hidden) for one in value]
            between = Markup(" ") if all(hasattr(type(one), "tones") for one in value) else Markup(", ")
            return between.join(texts) if texts else Markup(display.UNKNOWN)
        if registry.is_record(value):
            return self._related_text(value, hidden)
        column = self.columns.get(name)
        return display.show(mask_for(current_user, value, column), column, mask=mask)

    def _related_text(self, item: Any, hidden: Hidden) -> Markup:
        view = registry.view_of(type(item))
        if view is None:
            return display.show(mask_for(current_user, item))
        if (view.datamodel.obj, item.id) in hidden:
            return not_visible()
        return display.show(view.option_text(item))

    def hidden_related(self, told: "Iterable[Told]") -> Hidden:
        """Related records on this page that the user may not see: one question per guarded relation."""
        columns, asked = self.columns, defaultdict[type[Any], set[int]](set)
        for values in told:
            for one in _records(value for name, value in values.items() if name not in columns):
                asked[type(one)].add(one.id)
        viewed = [(registry.view_of(model), keys) for model, keys in asked.items()]
        guarded = [(view, keys) for view, keys in viewed if view and view.is_guarded(current_user)]
        return frozenset(
            (view.datamodel.obj, key) for view, keys in guarded for key in keys - view.seen_ids(keys)
        )

    def is_guarded(self, user: Actor) -> bool:
        """Whether there may be records of this room that the user must not see."""
        return not isinstance(type(self).visible_to(user), True_)

    def seen_ids(self, ids: set[int]) -> set[int]:
        """Those of `ids` that the user may see."""
        pk = self.datamodel.get_pk()
        return set(
            self.datamodel.session.scalars(select(pk).where(pk.in_(ids), type(self).visible_to(current_user)))
        )
