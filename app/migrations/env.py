"""How a migration runs: in one transaction, on the application's own engine."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _repr_type
from flask import current_app
from sqlalchemy import JSON, Connection, TypeDecorator

from app.core import ddl
from app.core.errors import StartupError
from app.extensions import db


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | bool:
    """Write the column type that the database sees: an old migration must not need today's classes."""
    if kind == "type" and isinstance(item, JSON):
        autogen_context.imports.add("from sqlalchemy import Text")  # Alembic forgets what its variant names
    if kind == "type" and isinstance(item, TypeDecorator):
        return str(_repr_type(item.impl_instance, autogen_context))
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out the full-text tables: `core.ddl` makes them."""
    return not (kind == "table" and name is not None and ("_fts_" in name or name.endswith("_fts")))


def run(connection: Connection) -> None:
    """Run the migrations; on SQLite a table is changed by replacing it, which foreign keys would forbid."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:  # before the transaction begins: inside it the pragma does nothing
        _foreign_keys(connection, "OFF")
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        transactional_ddl=True,
        render_item=render_item,
        include_name=include_name,
        **current_app.extensions["migrate"].configure_args,
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
            if _at_head():  # replacing a table drops its triggers without a word
                ddl.recreate_all(connection)
            if sqlite:
                _refuse_broken_references(connection)
    finally:
        if sqlite:
            _foreign_keys(connection, "ON")


def _at_head() -> bool:
    return context.get_context().get_current_revision() == context.script.get_current_head()


def _foreign_keys(connection: Connection, state: str) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys = {state}")


def _refuse_broken_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise StartupError(f"The migration would leave broken references ({broken[0]}); nothing was changed.")


with db.engine.connect() as _connection:
    run(_connection)
