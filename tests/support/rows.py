"""Bulk copies of an existing row, made without services, for tests that only depend on table size."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count, islice, product, repeat
from typing import Any

from sqlalchemy import Column, Connection, Table, UniqueConstraint, func, insert, select

from app.extensions import Model, db
from tests.support.client import end_transaction

_number_counter = count(1)
SHIFT_SPACING = timedelta(days=40)
"""Distance of a shift and its copies: shifts of a user do not overlap, and no month contains two."""


def dump_tables() -> dict[str, list[str]]:
    """Return the rows of all tables but the audit entries, which grow by reading, too."""
    end_transaction()
    with db.engine.connect() as connection:
        return {
            table.name: sorted(repr(row) for row in connection.execute(select(table)))
            for table in Model.metadata.sorted_tables
            if table.name != "audit_entry"
        }


def multiply_rows(copies: int, *names: str) -> None:
    """Copy the newest row of each named table until the table has `copies` rows."""
    end_transaction()
    with db.engine.begin() as connection:
        for table in Model.metadata.sorted_tables:
            if table.name in names:
                there = connection.scalar(select(func.count()).select_from(table)) or 0
                more = list(islice(_copies(connection, table), max(0, copies - there)))
                if more:
                    connection.execute(insert(table), more)


def _copies(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    newest = connection.execute(select(table).order_by(table.c.id.desc()).limit(1)).mappings().one()
    row = {column.name: newest[column.name] for column in table.c if not column.primary_key}
    others = [_unused_values(connection, table, columns) for columns in _unique_column_sets(table)]
    for later in count(1):
        row |= {
            name: newest[name] + later * SHIFT_SPACING for name in ("starts_at", "ends_at") if name in row
        }
        made = row | {name: value for other in others for name, value in next(other).items()}
        if "to_shift_id" in made and made["to_shift_id"] == made["from_shift_id"]:
            made["to_shift_id"] = None
        yield made


def _unused_values(
    connection: Connection, table: Table, columns: list[Column[Any]]
) -> Iterator[dict[str, Any]]:
    """Yield values for a unique set of columns that no row has yet."""
    nullable = next((column for column in columns if column.nullable), None)
    own = next((column for column in columns if not column.foreign_keys), None)
    if nullable is not None:
        yield from repeat({nullable.name: None})
    elif own is not None:
        value = connection.scalar(select(own).order_by(table.c.id.desc()).limit(1))
        yield from ({own.name: _next_value(value)} for _ in count())
    else:
        used = {tuple(row) for row in connection.execute(select(*columns))}
        parents = [connection.scalars(select(next(iter(c.foreign_keys)).column)).all() for c in columns]
        names = [column.name for column in columns]
        yield from (dict(zip(names, ids, strict=True)) for ids in product(*parents) if ids not in used)


def _next_value(value: Any) -> Any:
    number = next(_number_counter)
    if isinstance(value, date):
        return value + timedelta(days=number)
    if isinstance(value, int):
        return value + number
    stem = value.rstrip("0123456789")
    running = value[len(stem) :]
    return f"{stem}{int(running) + number:0{len(running)}}" if running else f"{value} {number}"


def _unique_column_sets(table: Table) -> list[list[Column[Any]]]:
    unique = [list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)]
    unique += [list(index.columns) for index in table.indexes if index.unique]
    return unique + [[column] for column in table.c if column.unique]
