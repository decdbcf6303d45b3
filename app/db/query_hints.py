"""Query hints: forms of SQL conditions that keep a query planner from reading a whole table."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, exists, func, literal_column, select

from app.extensions import db


@dataclass
class OrderedScan:
    """A scan that reads rows in the order of a column until a page is full."""

    column_name: str
    sort_key: Any
    """The ORDER BY column: that column, or one by which a filter finds the rows in the same order."""


_current_scan: ContextVar[OrderedScan | None] = ContextVar("walk", default=None)


@contextmanager
def ordered_scan(column: Any) -> Iterator[OrderedScan]:
    """Mark queries inside the block as ordered scans: so many rows match that a page fills quickly.

    Without this mark, the matching rows are gathered first, by any index that finds them, and then sorted.
    """
    scan = OrderedScan(column.key, column)
    token = _current_scan.set(scan)
    try:
        yield scan
    finally:
        _current_scan.reset(token)


def scan_column() -> str | None:
    """Return the name of the column in whose order rows are scanned now; None: no ordered scan."""
    scan = _current_scan.get()
    return None if scan is None else scan.column_name


def set_scan_key(key: Any) -> None:
    """Sort the current ordered scan by this column, which gives the rows in the same order."""
    scan = _current_scan.get()
    if scan is not None:
        scan.sort_key = key


def selective(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Mark as selective: on SQLite wrap the condition in unlikely() so that its index is used.

    SQLite knows only the average number of rows per value. If one value of the column is very frequent, it
    would read the whole table. No effect on PostgreSQL and in an ordered scan.
    """
    if scan_column() is not None or db.engine.dialect.name != "sqlite":
        return condition
    return cast("ColumnElement[bool]", func.unlikely(condition))


def correlated_exists(model: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return an EXISTS that is evaluated row by row for the rows of `model`.

    A page needs it for a few rows, each by an index. PostgreSQL would build one set of the whole other table;
    OFFSET 0 prevents that.
    """
    subquery: Select[Any] = (
        select(literal_column("1")).where(*conditions).correlate(model).offset(literal_column("0"))
    )
    return exists(subquery)


def id_in(column: Any, id_query: Any) -> ColumnElement[bool]:
    """Match rows whose key is in `id_query`: the ids are found first, then looked up by the key's index.

    PostgreSQL would read the whole table instead; it cannot look into an array when it plans.
    """
    if db.engine.dialect.name == "sqlite":
        return cast("ColumnElement[bool]", column.in_(id_query))
    return cast(
        "ColumnElement[bool]", column.in_(select(func.unnest(func.array(id_query.scalar_subquery()))))
    )
