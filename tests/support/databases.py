"""Databases of one worker on SQLite and on PostgreSQL, reset to their initial state before every test."""

import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.support import postgres

RESETS_UNTIL_TRUNCATED = 25
"""Every 25th reset truncates: without it, dead rows make the thousandth one take seven times as long."""


class SqliteDatabase:
    """Database file, copied from a template that the first worker created."""

    def __init__(self, worker: str) -> None:
        self.file = postgres.quick_folder() / f"{worker}.sqlite"
        self.template = postgres.quick_folder() / "template.sqlite"
        self.url = URL.create("sqlite", database=str(self.file))

    def prepare(self, initialise: Callable[[], None], close: Callable[[], None]) -> None:
        with postgres.lock("sqlite"):
            if not self.template.exists():
                initialise()
                close()  # closing the last connection writes the WAL back into the file
                shutil.copyfile(self.file, self.template)

    def reset(self) -> None:
        for suffix in ("-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        fresh = self.file.with_suffix(".fresh")  # a new inode: a leaked connection keeps the old file
        shutil.copyfile(self.template, fresh)
        fresh.replace(self.file)


class PostgresDatabase:
    """Database copied from the first worker's; each reset replaces all rows by the initial ones.

    Measured with 60 tables: creating a database from the template takes 95 ms, truncating 100 ms, deleting
    and copying back 20 ms, and 50 ms more on a new connection, which must load the catalogue first.
    """

    def __init__(self, worker: str) -> None:
        self.name = f"siaga_{worker}"
        self.url = postgres_url(self.name)
        self._snapshot: dict[str, bytes] = {}
        self._delete_sql = self._truncate_sql = b""
        self._reset_count = 0

    def prepare(self, initialise: Callable[[], None], close: Callable[[], None]) -> None:
        with postgres.lock("postgresql"), _connect_server() as server:
            known = server.execute("SELECT 1 FROM pg_database WHERE datname = 'siaga_template'").fetchone()
            if not known:
                server.execute(_create_database_sql(self.name, "template1"))
                initialise()
                close()
                server.execute(_create_database_sql("siaga_template", self.name))
            else:
                server.execute(_create_database_sql(self.name, "siaga_template"))
        self._reset_connection = self._connect()
        self._snapshot_rows(self._reset_connection)

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(_dsn(self.name), autocommit=True)

    def reset(self) -> None:
        try:
            self._reset_connection.execute("SELECT 1")
        except psycopg.OperationalError:  # a test has terminated all connections
            self._reset_connection = self._connect()
        self._reset_count += 1
        empty = self._delete_sql if self._reset_count % RESETS_UNTIL_TRUNCATED else self._truncate_sql
        with self._reset_connection.transaction():
            self._reset_connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            self._reset_connection.execute(
                "SET LOCAL session_replication_role = replica"
            )  # the triggers of the books refuse DELETE
            self._reset_connection.execute(empty)
            with self._reset_connection.cursor() as cursor:
                for table, rows in self._snapshot.items():
                    with cursor.copy(_copy_sql(table, "FROM STDIN")) as copy:
                        copy.write(rows)

    def _snapshot_rows(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        deletes, sequences = [], []
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            deletes.append(sql.SQL("DELETE FROM {}").format(sql.Identifier(str(table))))
            with connection.cursor() as cursor, cursor.copy(_copy_sql(str(table), "TO STDOUT")) as copy:
                rows = b"".join(bytes(part) for part in copy)
            if connection.execute(
                sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(str(table)))
            ).fetchone():
                self._snapshot[str(table)] = rows
        for name, last in connection.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall():
            sequences.append(
                sql.SQL("SELECT setval({}, {}, {})").format(
                    sql.Literal(f'public."{name}"'), sql.Literal(last or 1), sql.Literal(last is not None)
                )
            )
        everything = sql.SQL(", ").join(sql.Identifier(str(table)) for (table,) in tables)
        truncate = sql.SQL("TRUNCATE {}").format(everything)
        self._delete_sql = sql.SQL("; ").join([*deletes, *sequences]).as_bytes(connection)
        self._truncate_sql = sql.SQL("; ").join([truncate, *sequences]).as_bytes(connection)


def postgres_url(name: str) -> URL:
    return make_url(postgres.server_address()).set(drivername="postgresql+psycopg", database=name)


def create_empty_database(dialect: str, folder: Path, name: str) -> URL:
    """Create a database without tables and return its URL."""
    if dialect == "postgresql":
        with _connect_server() as server:
            server.execute(_create_database_sql(name, "template1"))
    return database_url(dialect, folder, name)


def database_url(dialect: str, folder: Path, name: str) -> URL:
    """Return the URL of the database of this name; an SQLite file lies in the folder."""
    if dialect == "postgresql":
        return postgres_url(name)
    return URL.create("sqlite", database=str(folder / f"{name}.sqlite"))


def copy_database(source: URL, target: URL) -> None:
    """Replace the target database by a copy of the source, which must have no open connections."""
    if source.get_backend_name() == "sqlite":
        shutil.copyfile(str(source.database), str(target.database))
        return
    drop_database("postgresql", str(target.database))
    with _connect_server() as server:
        server.execute(_create_database_sql(str(target.database), str(source.database)))


def drop_database(dialect: str, name: str) -> None:
    if dialect == "postgresql":
        with _connect_server() as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _connect_server() -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(postgres.server_address(), autocommit=True)


def _dsn(name: str) -> str:
    return make_url(postgres.server_address()).set(database=name).render_as_string(hide_password=False)


def _create_database_sql(name: str, template: str) -> sql.Composed:
    return sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))


def _copy_sql(table: str, direction: str) -> sql.Composed:
    return sql.SQL("COPY {} {} (FORMAT binary)").format(sql.Identifier(table), sql.SQL(direction))
