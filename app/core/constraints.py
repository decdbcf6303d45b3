"""Names of the constraints that the database reports as broken, the same for SQLite and PostgreSQL.

PostgreSQL names the constraint; SQLite names a CHECK, but of a UNIQUE only the columns, and nothing of a
foreign key. No value of a row is ever part of a name.
"""

import re
from typing import Any

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.exc import IntegrityError

from app.extensions import Model

UNKNOWN = "unknown constraint"

_NAMED = re.compile(r"(?:CHECK constraint failed|UNIQUE constraint failed: index): '?(\w+)'?$")
_UNIQUE = re.compile(r"UNIQUE constraint failed: ([\w., ]+)$")
_NOT_NULL = re.compile(r"NOT NULL constraint failed: (\w+\.\w+)$")
_FOREIGN_KEY = re.compile(r"FOREIGN KEY constraint failed$")
_APPEND_ONLY = re.compile(r"\w+ is append-only")


def constraint_name(broken: IntegrityError) -> str:
    """Return the constraint's name, else what is known of it (`NOT NULL client.name`, `FOREIGN KEY`)."""
    diagnosis = getattr(broken.orig, "diag", None)
    return _of_sqlite(str(broken.orig)) if diagnosis is None else _of_postgresql(diagnosis)


def _of_postgresql(diagnosis: Any) -> str:
    if diagnosis.column_name:  # newer servers name a NOT NULL, too; older ones and SQLite do not
        return f"NOT NULL {diagnosis.table_name}.{diagnosis.column_name}"
    if diagnosis.constraint_name:
        return str(diagnosis.constraint_name)
    return _append_only(diagnosis.message_primary or "")


def _of_sqlite(message: str) -> str:
    if (named := _NAMED.search(message)) is not None:
        return named.group(1)
    if (unique := _UNIQUE.search(message)) is not None:
        return _unique_name(unique.group(1))
    if (column := _NOT_NULL.search(message)) is not None:
        return f"NOT NULL {column.group(1)}"
    return "FOREIGN KEY" if _FOREIGN_KEY.search(message) else _append_only(message)


def _append_only(message: str) -> str:
    """Return what the triggers of an append-only table say: it names the table alone."""
    return message if _APPEND_ONLY.fullmatch(message) else UNKNOWN


def _unique_name(listed: str) -> str:
    pairs = [part.strip().rpartition(".") for part in listed.split(",")]
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
    return next(names, f"UNIQUE {listed}")
