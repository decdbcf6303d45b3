"""Simulated outages: a full disk, an unreachable database, a locked database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from app.extensions import db
from tests.support import postgres
from tests.support.client import end_transaction


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no table grow: by `max_page_count` on SQLite, by a trigger that raises 53100 on PostgreSQL."""
    engine = _fresh_engine()
    if engine.dialect.name == "sqlite":
        with _execute_on_connect(engine, "PRAGMA max_page_count = 1"):  # at least the pages in use
            yield
        return
    refuse = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'"
    with _connect_server(engine) as server:
        server.execute(
            f"CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse}; END $$"
        )
        server.execute("CREATE TRIGGER no_room BEFORE INSERT ON audit_entry EXECUTE FUNCTION no_room()")
        try:
            yield
        finally:
            server.execute("DROP TRIGGER no_room ON audit_entry")
            server.execute("DROP FUNCTION no_room()")


@contextmanager
def database_unreachable() -> Iterator[None]:
    """Make the database unreachable: SQLite's file is renamed, PostgreSQL refuses connections."""
    engine = _fresh_engine()
    if engine.dialect.name == "sqlite":
        file = Path(str(engine.url.database))
        away = file.rename(file.with_suffix(".away"))
        file.mkdir()
        try:
            yield
        finally:
            file.rmdir()
            away.rename(file)
        return
    name = str(engine.url.database)
    with psycopg.connect(postgres.server_address(), autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            _terminate_connections(server, name)
            yield
        finally:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@contextmanager
def database_locked() -> Iterator[None]:
    """Hold a write lock from another connection; waits time out after 20 ms."""
    engine = _fresh_engine()
    if engine.dialect.name == "sqlite":
        with (
            closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as other,
            _execute_on_connect(engine, "PRAGMA busy_timeout = 20"),
        ):
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    with (
        _connect_server(engine) as other,
        _execute_on_connect(engine, "SET lock_timeout = 20"),
        other.transaction(),
    ):
        other.execute("LOCK TABLE funding_source, audit_entry")
        yield


def terminate_connections() -> None:
    """End all connections to PostgreSQL, as a restart of its server does."""
    if db.engine.dialect.name == "postgresql":
        with psycopg.connect(postgres.server_address(), autocommit=True) as server:
            _terminate_connections(server, str(db.engine.url.database))


def _fresh_engine() -> Engine:
    """Return the engine without pooled connections."""
    end_transaction()
    db.session.remove()
    db.engine.dispose()
    return db.engine


@contextmanager
def _execute_on_connect(engine: Engine, statement: str) -> Iterator[None]:
    def run_statement(connection: Any, _record: Any) -> None:
        connection.execute(statement)
        if engine.dialect.name == "postgresql":
            connection.commit()

    event.listen(engine, "connect", run_statement)
    try:
        yield
    finally:
        event.remove(engine, "connect", run_statement)
        engine.dispose()


def _connect_server(engine: Engine) -> "psycopg.Connection[tuple[object, ...]]":
    url = engine.url.set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _terminate_connections(server: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
