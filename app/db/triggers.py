"""Triggers and full-text indexes, derived from the metadata of the tables.

- A table with `append_only` in its info refuses every change except the erasure required by law. Rows whose
  column holds a code named in `never_erased` (column -> codes) refuse that, too.
- A table with a `RowRule` refuses writes that violate it.
- A table with a column `search_text` gets a trigram index.

Alembic does not know these objects, and SQLite's batch mode silently drops triggers. So `migrations/env.py`
calls `recreate_all` after every upgrade, and `siaga check` calls `list_missing_objects`.
"""
# ruff: noqa: S608 - the statements contain only names of our own metadata, no user input

from typing import NamedTuple

from sqlalchemy import Connection, Table, UniqueConstraint, inspect

from app.db import row_rules
from app.extensions import Model

_REFUSE_FUNCTION = "refuse_change"

PAYLOAD_COLUMNS = ("data", "changes")
"""Possible names of the payload column of an append-only table."""


class DatabaseObject(NamedTuple):
    """A trigger, full-text table or index."""

    kind: str
    """`trigger`, `table` (full-text table on SQLite) or `index`."""
    name: str
    table: str
    """Name of the table it belongs to."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def build_expected_objects(dialect: str) -> dict[DatabaseObject, tuple[str, ...]]:
    """Return every object that a database of this dialect must have, with its CREATE statements."""
    return _build_objects(dialect, Model.metadata.sorted_tables)


def list_present_objects(connection: Connection) -> set[DatabaseObject]:
    """Return the objects of these kinds in the database, expected or not."""
    rows = connection.exec_driver_sql(_PRESENT_OBJECTS_QUERIES[connection.dialect.name])
    return {DatabaseObject(kind, name, table) for kind, name, table in rows}


def list_missing_objects(connection: Connection) -> list[DatabaseObject]:
    """Return the expected objects that the database does not have, sorted."""
    return sorted(build_expected_objects(connection.dialect.name).keys() - list_present_objects(connection))


def drop_all(connection: Connection) -> None:
    """Drop all present objects, e.g. before a bulk load, where they would take most of the time."""
    is_postgresql = connection.dialect.name == "postgresql"
    # Reverse order: triggers before the tables that they write to.
    for obj in sorted(list_present_objects(connection), reverse=True):
        on_clause = f" ON {obj.table}" if is_postgresql and obj.kind == "trigger" else ""
        connection.exec_driver_sql(f"DROP {obj.kind.upper()} {obj.name}{on_clause}")


def recreate_all(connection: Connection) -> None:
    """Drop all present objects and create the expected ones, for tables that have all columns of the models.

    Called by every migration, when later tables and columns do not exist yet.
    """
    dialect = connection.dialect.name
    drop_all(connection)
    if dialect == "postgresql":
        for statement in (_CREATE_EXTENSION, _CREATE_REFUSE_FUNCTION):
            connection.exec_driver_sql(statement)
    inspector = inspect(connection)
    names = set(inspector.get_table_names())
    tables = [
        table
        for table in Model.metadata.sorted_tables
        if table.name in names
        and {column["name"] for column in inspector.get_columns(table.name)} >= set(table.c.keys())
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
    objects: dict[DatabaseObject, tuple[str, ...]] = {}
    for table in tables:
        if table.info.get("append_only"):
            objects |= append_only(table)
        if (row_rule := row_rules.get_row_rule(table)) is not None:
            built_triggers = (
                row_rules.build_sqlite_triggers(row_rule)
                if dialect == "sqlite"
                else row_rules.build_postgresql_triggers(row_rule)
            )
            objects |= {
                DatabaseObject("trigger", name, table.name): statements for name, statements in built_triggers
            }
        if "search_text" in table.c:
            objects |= searchable(table)
    return objects


def _build_erasure_condition(table: Table, equality_operator: str) -> str:
    """Return the condition of the only allowed UPDATE: payload and salt emptied, erased_at set."""
    payload = next(name for name in PAYLOAD_COLUMNS if name in table.c)
    emptied = [payload, "salt"]
    unchanged = [column.name for column in table.c if column.name not in (*emptied, "erased_at")]
    never_erased: dict[str, list[str]] = table.info.get("never_erased", {})
    return " AND ".join(
        [
            *(f"NEW.{name} {equality_operator} OLD.{name}" for name in unchanged),
            *(f"NEW.{name} IS NULL" for name in emptied),
            "OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL",
            *(f"OLD.{name} <> '{code}'" for name, codes in never_erased.items() for code in codes),
        ]
    )


def _build_append_only_sqlite(table: Table) -> dict[DatabaseObject, tuple[str, ...]]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    unique = [list(table.primary_key.columns.keys())]
    unique += [c.columns.keys() for c in table.constraints if isinstance(c, UniqueConstraint)]
    # INSERT OR REPLACE deletes the conflicting row, and without recursive_triggers no trigger fires.
    conflict = " OR ".join(
        "(" + " AND ".join(f"{name} = NEW.{name}" for name in names) + ")" for names in unique
    )
    return {
        DatabaseObject("trigger", f"{table.name}_{name}", table.name): (
            f"CREATE TRIGGER {table.name}_{name} BEFORE {event} ON {table.name} {condition} {refuse}",
        )
        for name, event, condition in (
            ("no_delete", "DELETE", ""),
            ("no_replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table.name} WHERE {conflict})"),
            ("no_update", "UPDATE", f"WHEN NOT ({_build_erasure_condition(table, 'IS')})"),
        )
    }


def _build_append_only_postgresql(table: Table) -> dict[DatabaseObject, tuple[str, ...]]:
    refuse = f"EXECUTE FUNCTION {_REFUSE_FUNCTION}()"
    return {
        DatabaseObject("trigger", f"{table.name}_{name}", table.name): (
            f"CREATE TRIGGER {table.name}_{name} BEFORE {event} ON {table.name} {scope} {refuse}",
        )
        for name, event, scope in (
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
