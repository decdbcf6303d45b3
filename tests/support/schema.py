"""The schema of a database as text lines, to compare with another database or with the models."""

import re
from collections.abc import Iterator

from sqlalchemy import Connection, text

from app.extensions import Model
from app.operations.check_constraints import different_checks, normalised


def all_different_checks(connection: Connection) -> dict[str, tuple[str | None, str | None]]:
    """Return the CHECK constraints that differ between database and models: name -> (database, model)."""
    tables = Model.metadata.sorted_tables
    return {name: both for table in tables for name, both in different_checks(connection, table).items()}


def described(connection: Connection) -> list[str]:
    """Return columns with their position, constraints and indexes as the database describes them."""
    if connection.dialect.name == "postgresql":
        lines = [line for statement in POSTGRESQL for (line,) in connection.execute(text(statement))]
        return sorted(map(normalised, lines))
    return sorted(_describe_sqlite(connection))


def _describe_sqlite(connection: Connection) -> Iterator[str]:
    rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    for kind, name, sql in rows.all():
        words = re.sub(r"\s+", " ", sql.replace('"', "")).replace("( ", "(").replace(" )", ")")
        if kind == "index":
            yield words
        elif kind == "table" and "_fts" not in name:
            parts = _split_body(words[words.index("(") + 1 : -1])
            columns = [part for part in parts if not part.startswith("CONSTRAINT")]
            yield from (f"{name} {number}: {part}" for number, part in enumerate(columns))
            yield from (f"{name} {part}" for part in parts if part not in columns)


def _split_body(body: str) -> list[str]:
    """Split the body of a CREATE TABLE at its commas outside parentheses and quotes."""
    parts, depth, quoted = [""], 0, False
    for character in body:
        quoted ^= character == "'"
        depth += 0 if quoted else (character == "(") - (character == ")")
        if character == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


_IN_CURRENT_SCHEMA = "c.relnamespace = current_schema()::regnamespace"
POSTGRESQL = (
    f"""
    SELECT c.relname || ' ' || a.attnum || ': ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
           || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND {_IN_CURRENT_SCHEMA}
    """,
    f"""
    SELECT c.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE {_IN_CURRENT_SCHEMA}
    """,
    f"""
    SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     WHERE strpos(pg_get_indexdef(i.indexrelid), 'gin_trgm_ops') = 0 AND {_IN_CURRENT_SCHEMA}
    """,
)
