"""How Alembic runs our migrations: whole or not at all, on SQLite too, and with every trigger back at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from app.db import triggers
from app.db.types import PlainJSON
from app.extensions import Model, db
from app.operations import check_constraints


def run() -> None:
    """Run the migrations, or compare the tables with the models (autogenerate)."""
    with db.engine.connect() as connection, _foreign_keys_off(connection):
        applied: list[Any] = []
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            transactional_ddl=True,  # SQLite's too, because we begin its transactions ourselves
            include_name=_is_for_alembic,
            render_item=_render_item,
            on_version_apply=lambda **step: applied.append(step["step"]),
            autogenerate_plugins=["alembic.autogenerate.*", check_constraints.PLUGIN],
            process_revision_directives=check_constraints.plain_enums.chain(_leave_out_empty_revisions),
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
            if applied:
                triggers.recreate_all(connection)
                _check_foreign_keys(connection)


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Batch mode drops and renames tables that others refer to; SQLite heeds the pragma only between transactions."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    driver.execute(
        "PRAGMA legacy_alter_table = ON"
    )  # a rename asks no trigger of another table whether it agrees
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA legacy_alter_table = OFF")
        driver.execute("PRAGMA foreign_keys = ON")


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
        if orphans:
            raise RuntimeError(f"the migration leaves rows that refer to nothing: {orphans}")


def _is_for_alembic(name: str | None, kind: str, _parents: Any) -> bool:
    """Full-text tables and trigram indexes belong to `core.ddl`."""
    if name is None:
        return True
    pieces = [
        piece for piece in triggers.build_expected_objects(db.engine.dialect.name) if piece.kind == kind
    ]
    return not any(name == piece.name or name.startswith(f"{piece.name}_") for piece in pieces)


def _render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write our column types as the plain ones they stand for: a migration must outlive our code."""
    if kind == "type" and isinstance(item, TypeDecorator) and type(item).__module__.startswith("app."):
        return f"sa.{item.impl!r}"
    if kind == "type" and item is PlainJSON:
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def _leave_out_empty_revisions(_context: Any, _revision: Any, directives: list[Any]) -> None:
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


run()
