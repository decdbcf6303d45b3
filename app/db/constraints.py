"""Names of violated constraints from an `IntegrityError`, the same for SQLite and PostgreSQL.

PostgreSQL names the constraint. SQLite names a CHECK, only the columns of a UNIQUE, and nothing of a foreign
key. No value of a row is ever part of a name.
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
    """Return the constraint's name, or a description if unnamed (`NOT NULL client.name`, `FOREIGN KEY`)."""
    diagnostics = getattr(error.orig, "diag", None)
    return (
        _parse_sqlite_message(str(error.orig))
        if diagnostics is None
        else _parse_postgresql_diagnostics(diagnostics)
    )


def _parse_postgresql_diagnostics(diagnostics: Any) -> str:
    # Newer servers name a NOT NULL constraint, older ones and SQLite do not: use the column for all.
    if diagnostics.column_name:
        return f"NOT NULL {diagnostics.table_name}.{diagnostics.column_name}"
    if diagnostics.constraint_name:
        return str(diagnostics.constraint_name)
    return _parse_append_only_message(diagnostics.message_primary or "")


def _parse_sqlite_message(message: str) -> str:
    if (named_match := _NAMED_PATTERN.search(message)) is not None:
        return named_match.group(1)
    if (unique_match := _UNIQUE_PATTERN.search(message)) is not None:
        return _find_unique_name(unique_match.group(1))
    if (not_null_match := _NOT_NULL_PATTERN.search(message)) is not None:
        return f"NOT NULL {not_null_match.group(1)}"
    return "FOREIGN KEY" if _FOREIGN_KEY_PATTERN.search(message) else _parse_append_only_message(message)


def _parse_append_only_message(message: str) -> str:
    """Return the message of an append-only trigger: it contains the table name only."""
    return message if _APPEND_ONLY_PATTERN.fullmatch(message) else UNKNOWN_CONSTRAINT


def _find_unique_name(column_list: str) -> str:
    pairs = [part.strip().rpartition(".") for part in column_list.split(",")]
    table, columns = pairs[0][0], {column for _table, _dot, column in pairs}
    declared_table = Model.metadata.tables.get(table)
    # Only unique ones: a foreign key may have the same columns.
    candidates = (
        []
        if declared_table is None
        else [
            *(index for index in declared_table.indexes if index.unique),
            *(
                candidate
                for candidate in declared_table.constraints
                if isinstance(candidate, UniqueConstraint | PrimaryKeyConstraint)
            ),
        ]
    )
    names = (
        str(candidate.name)
        for candidate in candidates
        if {column.name for column in candidate.columns} == columns
    )
    return next(names, f"UNIQUE {column_list}")
