"""How a condition is put where a planner, left free, would read a whole table to answer it."""

from typing import Any

from sqlalchemy import ColumnElement, exists, literal_column, select


def each(model: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that such a record exists, looked up row by row for the rows of `model`.

    A page asks it of a few rows, each by an index. PostgreSQL would rather make one set of the whole other
    table; what has an OFFSET it cannot turn into a set.
    """
    one = select(literal_column("1")).where(*conditions).correlate(model).offset(literal_column("0"))
    return exists(one)
