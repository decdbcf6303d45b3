"""Many rows without many verbs: copies of a record that is there, for tests of size alone."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from sqlalchemy import Column, Integer, String, Table, UniqueConstraint, func, insert, select

from app.core.types import Instant
from app.extensions import Model, db
from tests.support.client import end_transaction

_numbers = count(1)


def dump() -> dict[str, list[str]]:
    """Everything in the database, to be compared; the audit aside, which tells who looked."""
    end_transaction()
    with db.engine.connect() as connection:
        return {
            table.name: sorted(repr(row) for row in connection.execute(select(table)))
            for table in Model.metadata.sorted_tables
            if table.name != "audit_entry"
        }


def multiply(copies: int, *names: str) -> None:
    """Copy a record of each of these tables so often that `copies` of it are there."""
    end_transaction()
    wanted = [table for table in Model.metadata.sorted_tables if table.name in names]
    with db.engine.begin() as connection:
        for table in wanted:
            row = connection.execute(select(table).order_by(table.c.id.desc()).limit(1)).mappings().first()
            assert row is not None, f"there is no {table.name} to copy"
            there = connection.scalar(select(func.count()).select_from(table)) or 0
            parents = {
                column.name: list(connection.scalars(select(next(iter(column.foreign_keys)).column)))
                for column in table.c
                if column.foreign_keys
            }
            more = [_copy(table, row, parents, number) for number in range(max(0, copies - there))]
            if more:
                connection.execute(insert(table), more)


def _copy(table: Table, row: Mapping[Any, Any], parents: dict[str, list[int]], number: int) -> dict[str, Any]:
    values = {column.name: row[column.name] for column in table.c if not column.primary_key}
    for columns in _unique_sets(table):
        column = next((column for column in columns if column.nullable), columns[-1])
        values[column.name] = _other(column, values[column.name], parents, number)
    return values


def _other(column: Column[Any], value: Any, parents: dict[str, list[int]], number: int) -> Any:
    if column.nullable:
        return None
    if column.name in parents:
        return parents[column.name][number % len(parents[column.name])]
    if isinstance(column.type, Integer):
        return value + 1 + number
    if isinstance(column.type, Instant) or not isinstance(value, str):
        return value
    length = column.type.length if isinstance(column.type, String) else None
    return f"{next(_numbers)} {value}"[:length]


def _unique_sets(table: Table) -> list[list[Column[Any]]]:
    unique = [list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)]
    unique += [list(index.columns) for index in table.indexes if index.unique]
    return unique + [[column] for column in table.c if column.unique]
