"""Triggers and full-text indexes: what the database holds beside tables, derived from the tables' metadata.

A table whose info says `append_only` refuses every change but the law's erasure, and that too for the rows
named by `never_erased` (column -> codes); one with a `RowRule` what
breaks its rules; a table with a column `search_text` gets a trigram index. Alembic knows nothing of all this,
and SQLite's batch mode silently drops triggers, so every migration ends with `recreate_all` and `siaga check`
asks for `missing`.
"""
# ruff: noqa: S608 - the statements are made of our own metadata's names, of nothing that anybody typed

from typing import NamedTuple

from sqlalchemy import Connection, Table, UniqueConstraint, inspect

from app.db import row_rules
from app.extensions import Model

_REFUSE_FUNCTION = "refuse_change"

PAYLOAD_COLUMNS = ("data", "changes")
"""Names of the payload column of an append-only table."""


class DatabaseObject(NamedTuple):
    """One thing that the database must hold."""

    kind: str
    """`trigger`, `table` (full text on SQLite) or `index`."""
    name: str
    table: str
    """The table it belongs to."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def build_expected_objects(dialect: str) -> dict[DatabaseObject, tuple[str, ...]]:
    """Everything that a database of this dialect must hold, and the statements that make it."""
    return _build_objects(dialect, Model.metadata.sorted_tables)


def list_present_objects(connection: Connection) -> set[DatabaseObject]:
    """Read what the database holds of that kind, expected or not."""
    rows = connection.exec_driver_sql(_PRESENT_OBJECTS_QUERIES[connection.dialect.name])
    return {DatabaseObject(kind, name, table) for kind, name, table in rows}


def list_missing_objects(connection: Connection) -> list[DatabaseObject]:
    """Name what the database must hold and does not."""
    return sorted(build_expected_objects(connection.dialect.name).keys() - list_present_objects(connection))


def drop_all(connection: Connection) -> None:
    """Drop what is there: while rows are written in bulk it would cost most of the time."""
    on_table = connection.dialect.name == "postgresql"
    for piece in sorted(
        list_present_objects(connection), reverse=True
    ):  # triggers before the tables they write to
        place = f" ON {piece.table}" if on_table and piece.kind == "trigger" else ""
        connection.exec_driver_sql(f"DROP {piece.kind.upper()} {piece.name}{place}")


def recreate_all(connection: Connection) -> None:
    """Drop what is there and make what belongs there, for the tables that are in their newest form."""
    dialect = connection.dialect.name
    drop_all(connection)
    if dialect == "postgresql":
        for statement in (_CREATE_EXTENSION, _CREATE_REFUSE_FUNCTION):
            connection.exec_driver_sql(statement)
    known = inspect(connection)
    names = set(known.get_table_names())
    tables = [
        table
        for table in Model.metadata.sorted_tables
        if table.name in names
        and {column["name"] for column in known.get_columns(table.name)} >= set(table.c.keys())
    ]
    for statements in _build_objects(dialect, tables).values():
        for statement in statements:
            connection.exec_driver_sql(statement)


def _build_objects(dialect: str, tables: list[Table]) -> dict[DatabaseObject, tuple[str, ...]]:
    append_only, searchable = (
        (_build_append_only_sqlite, _build_search_index_sqlite)
        if dialect == "sqlite"
        else (_build_append_only_postgresql, _build_search_index_postgresql)
    )
    pieces: dict[DatabaseObject, tuple[str, ...]] = {}
    for table in tables:
        if table.info.get("append_only"):
            pieces |= append_only(table)
        if (row_rule := row_rules.get_row_rule(table)) is not None:
            made = (
                row_rules.build_sqlite_triggers(row_rule)
                if dialect == "sqlite"
                else row_rules.build_postgresql_triggers(row_rule)
            )
            pieces |= {DatabaseObject("trigger", name, table.name): statements for name, statements in made}
        if "search_text" in table.c:
            pieces |= searchable(table)
    return pieces


def _build_erasure_condition(table: Table, equality_operator: str) -> str:
    """Describe the one UPDATE allowed: payload and salt emptied, erased_at set, all else as it was."""
    payload = next(name for name in PAYLOAD_COLUMNS if name in table.c)
    emptied = [payload, "salt"]
    kept = [column.name for column in table.c if column.name not in (*emptied, "erased_at")]
    lasting: dict[str, list[str]] = table.info.get("never_erased", {})
    return " AND ".join(
        [
            *(f"NEW.{name} {equality_operator} OLD.{name}" for name in kept),
            *(f"NEW.{name} IS NULL" for name in emptied),
            "OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL",
            *(f"OLD.{name} <> '{code}'" for name, codes in lasting.items() for code in codes),
        ]
    )


def _build_append_only_sqlite(table: Table) -> dict[DatabaseObject, tuple[str, ...]]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    unique = [list(table.primary_key.columns.keys())]
    unique += [c.columns.keys() for c in table.constraints if isinstance(c, UniqueConstraint)]
    # INSERT OR REPLACE deletes the row in its way, and without recursive_triggers nobody is told.
    taken = " OR ".join(
        "(" + " AND ".join(f"{name} = NEW.{name}" for name in names) + ")" for names in unique
    )
    return {
        DatabaseObject("trigger", f"{table.name}_{name}", table.name): (
            f"CREATE TRIGGER {table.name}_{name} BEFORE {event} ON {table.name} {condition} {refuse}",
        )
        for name, event, condition in (
            ("no_delete", "DELETE", ""),
            ("no_replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table.name} WHERE {taken})"),
            ("no_update", "UPDATE", f"WHEN NOT ({_build_erasure_condition(table, 'IS')})"),
        )
    }


def _build_append_only_postgresql(table: Table) -> dict[DatabaseObject, tuple[str, ...]]:
    refuse = f"EXECUTE FUNCTION {_REFUSE_FUNCTION}()"
    return {
        DatabaseObject("trigger", f"{table.name}_{name}", table.name): (
            f"CREATE TRIGGER {table.name}_{name} BEFORE {event} ON {table.name} {how} {refuse}",
        )
        for name, event, how in (
            ("no_delete", "DELETE", "FOR EACH ROW"),
            ("no_truncate", "TRUNCATE", "FOR EACH STATEMENT"),
            (
                "no_update",
                "UPDATE",
                f"FOR EACH ROW WHEN (NOT ({_build_erasure_condition(table, 'IS NOT DISTINCT FROM')}))",
            ),
        )
    }


def _build_search_index_sqlite(table: Table) -> dict[DatabaseObject, tuple[str, ...]]:
    fts = f"{table.name}_fts"
    add = f"INSERT INTO {fts} (rowid, search_text) VALUES (NEW.id, NEW.search_text);"
    remove = f"INSERT INTO {fts} ({fts}, rowid, search_text) VALUES ('delete', OLD.id, OLD.search_text);"
    options = f"search_text, content = '{table.name}', content_rowid = 'id', tokenize = 'trigram'"
    triggers = (
        ("insert", "AFTER INSERT", "", add),
        ("delete", "AFTER DELETE", "", remove),
        ("update", "AFTER UPDATE", "WHEN NEW.search_text IS NOT OLD.search_text", remove + " " + add),
    )
    return {
        DatabaseObject("table", fts, table.name): (
            f"CREATE VIRTUAL TABLE {fts} USING fts5({options})",
            f"INSERT INTO {fts} ({fts}) VALUES ('rebuild')",
        ),
        **{
            DatabaseObject("trigger", f"{fts}_{name}", table.name): (
                f"CREATE TRIGGER {fts}_{name} {event} ON {table.name} {condition} BEGIN {statements} END",
            )
            for name, event, condition, statements in triggers
        },
    }


def _build_search_index_postgresql(table: Table) -> dict[DatabaseObject, tuple[str, ...]]:
    name = f"ix_{table.name}_search_text"
    return {
        DatabaseObject("index", name, table.name): (
            f"CREATE INDEX {name} ON {table.name} USING gin (search_text gin_trgm_ops)",
        )
    }


_CREATE_EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"

_CREATE_REFUSE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {_REFUSE_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = 'restrict_violation';
END $$
"""

_PRESENT_OBJECTS_QUERIES = {
    "sqlite": """
        SELECT type, name, tbl_name FROM sqlite_master WHERE type = 'trigger'
        UNION ALL
        SELECT type, name, substr(name, 1, length(name) - 4) FROM sqlite_master
         WHERE sql LIKE 'CREATE VIRTUAL TABLE%'
    """,
    "postgresql": """
        SELECT 'trigger', t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
        UNION ALL
        SELECT 'index', i.indexname, i.tablename FROM pg_indexes i
         WHERE i.schemaname = current_schema() AND strpos(i.indexdef, 'gin_trgm_ops') > 0
    """,
}
