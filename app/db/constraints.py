"""Names of the constraints that the database reports as broken, the same for SQLite and PostgreSQL.

PostgreSQL names the constraint; SQLite names a CHECK, but of a UNIQUE only the columns, and nothing of a
foreign key. No value of a row is ever part of a name.
"""

import re
from typing import Any

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.exc import IntegrityError

from app.extensions import Model

UNKNOWN_CONSTRAINT = "unknown constraint"

_NAMED_PATTERN = re.compile(r"(?:CHECK constraint failed|UNIQUE constraint failed: index): '?(\w+)'?$")
_UNIQUE_PATTERN = re.compile(r"UNIQUE constraint failed: ([\w., ]+)$")
_NOT_NULL_PATTERN = re.compile(r"NOT NULL constraint failed: (\w+\.\w+)$")
_FOREIGN_KEY_PATTERN = re.compile(r"FOREIGN KEY constraint failed$")
_APPEND_ONLY_PATTERN = re.compile(r"\w+ is append-only")


def get_constraint_name(error: IntegrityError) -> str:
    """Return the constraint's name, else what is known of it (`NOT NULL client.name`, `FOREIGN KEY`)."""
    diagnosis = getattr(error.orig, "diag", None)
    return (
        _parse_sqlite_message(str(error.orig))
        if diagnosis is None
        else _parse_postgresql_diagnostics(diagnosis)
    )


def _parse_postgresql_diagnostics(diagnostics: Any) -> str:
    if diagnostics.column_name:  # newer servers name a NOT NULL, too; older ones and SQLite do not
        return f"NOT NULL {diagnostics.table_name}.{diagnostics.column_name}"
    if diagnostics.constraint_name:
        return str(diagnostics.constraint_name)
    return _parse_append_only_message(diagnostics.message_primary or "")


def _parse_sqlite_message(message: str) -> str:
    if (named := _NAMED_PATTERN.search(message)) is not None:
        return named.group(1)
    if (unique := _UNIQUE_PATTERN.search(message)) is not None:
        return _find_unique_name(unique.group(1))
    if (column := _NOT_NULL_PATTERN.search(message)) is not None:
        return f"NOT NULL {column.group(1)}"
    return "FOREIGN KEY" if _FOREIGN_KEY_PATTERN.search(message) else _parse_append_only_message(message)


def _parse_append_only_message(message: str) -> str:
    """Return what the triggers of an append-only table say: it names the table alone."""
    return message if _APPEND_ONLY_PATTERN.fullmatch(message) else UNKNOWN_CONSTRAINT


def _find_unique_name(column_list: str) -> str:
    pairs = [part.strip().rpartition(".") for part in column_list.split(",")]
    table, columns = pairs[0][0], {column for _table, _dot, column in pairs}
    known = Model.metadata.tables.get(table)
    # Of the table's constraints only these: a foreign key may stand on the same columns.
    candidates = (
        []
        if known is None
        else [
            *(index for index in known.indexes if index.unique),
            *(one for one in known.constraints if isinstance(one, UniqueConstraint | PrimaryKeyConstraint)),
        ]
    )
    names = (str(one.name) for one in candidates if {column.name for column in one.columns} == columns)
    return next(names, f"UNIQUE {column_list}")
