"""Restricted columns: not every user who sees a record may read, search, filter, count or change them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_login import current_user
from sqlalchemy import ColumnElement, True_, or_, select

from app.core.actor import Actor
from app.db.search import build_text_filter
from app.extensions import db


@dataclass(frozen=True)
class Restriction:
    """Restricted columns of a model, and the rows in which a user may read them."""

    model: type[Any]
    columns: frozenset[str]
    readable_by: Callable[[Actor], ColumnElement[bool]]
    """Predicate on the model: the rows in which the user may read these columns."""
    public_text: Callable[[], ColumnElement[Any]]
    """Text by which the quick search may find the other rows; folded like a query."""

    def readable_condition(self) -> ColumnElement[bool] | None:
        """Return the predicate, to select it beside a record; None: the user may read all rows."""
        readable = self.readable_by(current_user)
        return None if isinstance(readable, True_) else readable

    def cache_readable(self, item: Any, is_readable: Any) -> None:
        """Remember for this request whether the record is readable."""
        _get_readable_cache()[self.model, item.id] = bool(is_readable)

    def is_readable(self, item: Any) -> bool:
        """Whether the user may read the restricted columns of the record; at most one query."""
        condition = self.readable_condition()
        if condition is None:
            return True
        key = (self.model, item.id)
        if key not in _get_readable_cache():
            self.cache_readable(item, db.session.scalar(select(condition).where(self.model.id == item.id)))
        return _get_readable_cache()[key]

    def search_condition(self, q: str, *, whole_numbers: bool) -> ColumnElement[bool] | None:
        """Return the condition to add to the match of a search text; None: no condition."""
        condition = self.readable_condition()
        return (
            None
            if condition is None
            else or_(build_text_filter(self.public_text(), q, whole_numbers), condition)
        )


def _get_readable_cache() -> dict[tuple[type[Any], int], bool]:
    cache: dict[tuple[type[Any], int], bool] = g.setdefault("readable_records", {})
    return cache
