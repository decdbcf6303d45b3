"""The copy of the database in a backup: written, read for verification, and loaded, on both databases."""

import sqlite3
from contextlib import closing
from pathlib import Path

from app.db.stored_files import StoredFile
from app.extensions import Model, db
from app.operations import postgres
from app.operations.postgres import CopyContents

MAX_REPORTED_FAULTS = 20


def write_copy(target: Path) -> dict[str, int]:
    """Write a consistent copy of the database, and return the number of rows that each table has in it.

    SQLite is copied page by page by its backup API, and the rows are counted in the copy; damaged pages stay
    damaged and are found by `read_copy`. PostgreSQL is dumped by pg_dump, and the rows are counted in its
    snapshot. Raises `StartupError` if a program fails, `sqlite3.DatabaseError` if the file cannot be read.
    """
    if db.engine.dialect.name == "postgresql":
        return postgres.dump_database(db.engine, target, _list_tables())
    _copy_sqlite(_get_sqlite_path(), target)
    with closing(_open_readonly(target)) as connection:
        return _count_rows(connection)


def read_copy(kind: str, copy: Path, server_version: int) -> CopyContents:
    """Read a copy from beginning to end: its rows, its stored files, and what is damaged in it."""
    if kind == "postgresql":
        return postgres.read_dump(copy, server_version)
    with closing(_open_readonly(copy)) as connection:
        try:
            return _read_sqlite(connection)
        except sqlite3.DatabaseError as error:
            return CopyContents({}, {}, [str(error)])


def get_server_version() -> int:
    """Return the major version of the PostgreSQL server; 0 on SQLite."""
    return postgres.get_server_version(db.engine) if db.engine.dialect.name == "postgresql" else 0


def load_copy(copy: Path) -> None:
    """Load a copy into the empty database of this installation."""
    db.session.remove()
    db.engine.dispose()
    if db.engine.dialect.name == "sqlite":
        _copy_sqlite(copy, _get_sqlite_path())
    else:
        postgres.load_database(db.engine, copy)


def _get_sqlite_path() -> Path:
    return Path(str(db.engine.url.database))


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database that may be in use: a consistent snapshot of what is committed now."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _open_readonly(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _read_sqlite(connection: sqlite3.Connection) -> CopyContents:
    findings = [str(row[0]) for row in connection.execute(f"PRAGMA quick_check({MAX_REPORTED_FAULTS})")]
    faults = [finding for finding in findings if finding != "ok"]
    rows = _count_rows(connection)
    has_stored_files = StoredFile.__tablename__ in rows  # not in backups of release 0.1
    stored_files = dict(connection.execute("SELECT key, sha256 FROM stored_file")) if has_stored_files else {}
    return CopyContents(rows, stored_files, faults)


def _count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    present = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {
        table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - our own names
        for table in _list_tables()
        if table in present
    }


def _list_tables() -> list[str]:
    return [table.name for table in Model.metadata.sorted_tables]
