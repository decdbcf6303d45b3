"""Columns that not everybody who sees a record may read, find, filter, count or change."""

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
    """The restricted columns of a model, and who reads them of which rows."""

    model: type[Any]
    columns: frozenset[str]
    readable_by: Callable[[Actor], ColumnElement[bool]]
    """Predicate on the model: the rows of which the user reads these columns."""
    public_text: Callable[[], ColumnElement[Any]]
    """What the quick search may find the other rows by; folded like a query."""

    def readable_condition(self) -> ColumnElement[bool] | None:
        """Return the predicate as a column to select beside a record; None: the user reads all rows."""
        readable = self.readable_by(current_user)
        return None if isinstance(readable, True_) else readable

    def cache_readable(self, item: Any, is_readable: Any) -> None:
        """Keep for this request what the flag said of a record."""
        _get_readable_cache()[self.model, item.id] = bool(is_readable)

    def is_readable(self, item: Any) -> bool:
        """Whether the user reads the restricted columns of this record; asks the database at most once."""
        flag = self.readable_condition()
        if flag is None:
            return True
        key = (self.model, item.id)
        if key not in _get_readable_cache():
            self.cache_readable(item, db.session.scalar(select(flag).where(self.model.id == item.id)))
        return _get_readable_cache()[key]

    def search_condition(self, q: str, *, whole_numbers: bool) -> ColumnElement[bool] | None:
        """Return what must hold beside the match of a query; None: nothing more."""
        flag = self.readable_condition()
        return None if flag is None else or_(build_text_filter(self.public_text(), q, whole_numbers), flag)


def _get_readable_cache() -> dict[tuple[type[Any], int], bool]:
    known: dict[tuple[type[Any], int], bool] = g.setdefault("readable_records", {})
    return known
