"""Rows and cells: each value by its type, each related record only as far as the user may see it."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import True_, select

from app.core import display, registry
from app.core.actor import Actor
from app.core.views.base import Declared
from app.core.views.guard import may

Hidden = frozenset[tuple[type[Any], int]]
"""(model, id) of related records that stand in the rows but not before this user."""


class Cell(NamedTuple):
    """One value of a row."""

    html: Markup
    role: str
    """Its place on a phone's card."""
    kind: str
    """How it is set: `num` right, `id` in tabular figures."""
    label: Any


class Row(NamedTuple):
    """One record of a list."""

    id: int
    url: str | None
    edit_url: str | None
    cells: list[Cell]


def is_many(value: Any) -> bool:
    """Whether the value is several."""
    return isinstance(value, Iterable) and not isinstance(value, str)


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
        hidden = self.hidden_related(items, names)
        return [
            Row(
                item.id,
                url_for(f"{self.endpoint}.show", pk=item.id) if shown else None,
                url_for(f"{self.endpoint}.edit", pk=item.id) if edited and self.edits(item) else None,
                [self._described(item, name, title, hidden) for name in names],
            )
            for item in items
        ]

    def _described(self, item: Any, name: str, title: str, hidden: Hidden) -> Cell:
        role = self.role(name, title)
        return Cell(self.cell(item, name, hidden), role, self._kind(name), self.label_columns[name])

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

    def cell(self, item: Any, name: str, hidden: Hidden, *, mask: bool = True) -> Markup:
        """The value of one column, by its type; related records that the user may not see are not named."""
        value = getattr(item, name)
        if is_many(value):
            texts = [self._related_text(one, hidden) for one in value]
            between = Markup(" ") if all(hasattr(type(one), "tones") for one in value) else Markup(", ")
            return between.join(texts) if texts else Markup(display.UNKNOWN)
        if registry.is_record(value):
            return self._related_text(value, hidden)
        return display.show(value, self.columns.get(name), mask=mask)

    def _related_text(self, item: Any, hidden: Hidden) -> Markup:
        view = registry.view_of(type(item))
        if view is None:
            return display.show(item)
        if (view.datamodel.obj, item.id) in hidden:
            return Markup("<span class=muted>{}</span>").format(_("not visible to you"))
        return display.show(view.option_text(item))

    def hidden_related(self, items: "list[Any]", names: Any) -> Hidden:
        """Related records on this page that the user may not see: one question per guarded relation."""
        asked: dict[Any, set[int]] = {}
        for name in names:
            for item in items:
                value = getattr(item, name)
                for one in value if is_many(value) else [value]:
                    view = registry.view_of(type(one)) if registry.is_record(one) else None
                    if view is not None and view.is_guarded(current_user):
                        asked.setdefault(view, set()).add(one.id)
        return frozenset(
            (view.datamodel.obj, key) for view, keys in asked.items() for key in keys - view.seen_ids(keys)
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
