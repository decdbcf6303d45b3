"""Comparison of the models' CHECK constraints with the database's: Alembic compares at most their names.

An enum column has a CHECK with its codes, so a new member changes the condition under the same name.
Registered as a plugin of Alembic's autogenerate; `env.py` enables it.
"""

import re
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.rewriter import Rewriter
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import PriorityDispatchResult
from sqlalchemy import CheckConstraint, Column, Connection, Enum, MetaData, String, Table, inspect
from sqlalchemy.schema import CreateTable, DropTable, conv

PLUGIN = "siaga.check_constraints"
_CAST = re.compile(r"::(?:character varying|text)\b(?:\[\])?")
_ALONE = re.compile(r"\(('[^']*'|ARRAY\[[^\]]*\])\)")
_CODES = re.compile(r"(?<=IN \()'[^)]*'(?=\))|(?<=ARRAY\[)'[^\]]*(?=\])")
"""The codes of an enum: `IN ('a', 'b')`, on PostgreSQL `ANY (ARRAY['a'::character varying, …])`."""


def present_checks(connection: Connection, table: str) -> dict[str, str]:
    """Return name -> condition of the table's CHECK constraints as the database reports them."""
    checks = inspect(connection).get_check_constraints(table)
    return {str(check["name"]): " ".join(check["sqltext"].split()) for check in checks}


def declared_checks(connection: Connection, table: Table) -> dict[str, str]:
    """Return name -> condition of the model's CHECK constraints, in the notation of the database.

    PostgreSQL rewrites every condition, so the table is created as a temporary one and read back.
    """
    metadata = MetaData(naming_convention=table.metadata.naming_convention)
    copy = table.to_metadata(metadata, name=f"declared_{table.name}")
    create = CreateTable(copy, include_foreign_key_constraints=()).compile(dialect=connection.dialect)
    connection.exec_driver_sql(str(create).replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
    try:
        checks = present_checks(connection, copy.name)
    finally:
        connection.execute(DropTable(copy))
    return {
        name.replace(f"ck_{copy.name}_", f"ck_{table.name}_", 1): condition
        for name, condition in checks.items()
    }


def different_checks(connection: Connection, table: Table) -> dict[str, tuple[str | None, str | None]]:
    """Return name -> (condition in the database, condition in the model) of the CHECKs that differ."""
    present, declared = present_checks(connection, table.name), declared_checks(connection, table)
    return {
        name: (present.get(name), declared.get(name))
        for name in sorted(present.keys() | declared.keys())
        if normalised(present.get(name, "")) != normalised(declared.get(name, ""))
    }


def normalised(condition: str) -> str:
    """Remove differences without meaning: the order of codes, and the casts that a restored dump moves."""
    for pattern, replacement in ((_CAST, ""), (_ALONE, r"\1"), (_ALONE, r"\1")):
        condition = pattern.sub(replacement, condition)
    return _CODES.sub(lambda codes: ", ".join(sorted(codes[0].split(", "))), condition)


def _compare_checks(
    context: AutogenContext,
    changes: ops.ModifyTableOps,
    _schema: str | None,
    name: str,
    present: Table | None,
    table: Table | None,
) -> PriorityDispatchResult:
    """Drop and create each CHECK that differs; drop or create those that exist on one side only."""
    if present is None or table is None or context.connection is None:
        return PriorityDispatchResult.CONTINUE
    conditions = _conditions(context.connection, table)
    for check, (old, new) in different_checks(context.connection, table).items():
        if old is not None:
            dropped = CheckConstraint(old, name=conv(check), table=present)
            # Insert first: PostgreSQL drops the CHECK of a column together with the column.
            changes.ops.insert(0, ops.DropConstraintOp.from_constraint(dropped))
        if new is not None:
            changes.ops.append(ops.CreateCheckConstraintOp(conv(check), name, conditions[check]))
    return PriorityDispatchResult.CONTINUE


def _conditions(connection: Connection, table: Table) -> dict[str, str]:
    """Return constraint name -> condition as the model declares it."""
    preparer = connection.dialect.identifier_preparer
    conditions: dict[str, str] = {}
    for check in table.constraints:
        if isinstance(check, CheckConstraint):
            condition: Any = check.sqltext.compile(
                dialect=connection.dialect, compile_kwargs={"include_table": False, "literal_binds": True}
            )
            conditions[str(preparer.format_constraint(check))] = str(condition)
    return conditions


plain_enums = Rewriter()
"""Adds an enum column as plain text: its CHECK is a separate step, else PostgreSQL would create it twice."""


@plain_enums.rewrites(ops.AddColumnOp)
def _plain_enum(_context: Any, _revision: Any, added: ops.AddColumnOp) -> ops.AddColumnOp:
    column = added.column
    if not isinstance(column.type, Enum):
        return added
    text_column: Column[Any] = Column(
        column.name,
        String(column.type.length),
        nullable=column.nullable,
        server_default=column.server_default,
    )
    return ops.AddColumnOp(added.table_name, text_column)


Plugin(PLUGIN).add_autogenerate_comparator(_compare_checks, "table", "checks")
