"""How a condition is put where a planner, left free, would read a whole table to answer it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, exists, func, literal_column, select

from app.extensions import db


@dataclass
class OrderedScan:
    """Rows that are read in the order of a column until a page is full."""

    column_name: str
    sort_key: Any
    """What they are sorted by: that column, or the one by which a filter finds them in the same order."""


_current_scan: ContextVar[OrderedScan | None] = ContextVar("walk", default=None)


@contextmanager
def ordered_scan(column: Any) -> Iterator[OrderedScan]:
    """Say that so many rows fulfil the conditions that they are read in this order until a page is full.

    Else they are gathered first, by whatever index finds them.
    """
    walk = OrderedScan(column.key, column)
    token = _current_scan.set(walk)
    try:
        yield walk
    finally:
        _current_scan.reset(token)


def scan_column() -> str | None:
    """Give the column in whose order the rows are read now; None: they are gathered."""
    walk = _current_scan.get()
    return None if walk is None else walk.column_name


def set_scan_key(key: Any) -> None:
    """Say that the walk is led by this column, which gives the rows in the order that was asked for."""
    walk = _current_scan.get()
    if walk is not None:
        walk.sort_key = key


def selective(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that an index finds what is gathered by this condition, however many rows the average value has.

    SQLite knows no more than that average: of a column in which one value is everywhere it reads all rows.
    """
    if scan_column() is not None or db.engine.dialect.name != "sqlite":
        return condition
    return cast("ColumnElement[bool]", func.unlikely(condition))


def correlated_exists(model: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that such a record exists, looked up row by row for the rows of `model`.

    A page asks it of a few rows, each by an index. PostgreSQL would rather make one set of the whole other
    table; what has an OFFSET it cannot turn into a set.
    """
    one: Select[Any] = (
        select(literal_column("1")).where(*conditions).correlate(model).offset(literal_column("0"))
    )
    return exists(one)


def id_in(column: Any, id_query: Any) -> ColumnElement[bool]:
    """Say that the key is one of those found: they are found first, and each is looked up by the key's index.

    PostgreSQL would rather read the whole table past them; into an array it cannot look before it plans.
    """
    if db.engine.dialect.name == "sqlite":
        return cast("ColumnElement[bool]", column.in_(id_query))
    return cast(
        "ColumnElement[bool]", column.in_(select(func.unnest(func.array(id_query.scalar_subquery()))))
    )
