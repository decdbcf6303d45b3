"""Set-up of engine and sessions for SQLite and PostgreSQL, and the choice of reading or writing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import Flask, has_request_context, request
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from app.core.errors import StartupError
from app.extensions import db

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MIN_SQLITE_VERSION = (3, 34)
"""The first SQLite version whose full-text index has the trigram tokenizer."""

_SQLITE_PRAGMAS = (
    "busy_timeout = 15000",
    "journal_mode = WAL",
    "foreign_keys = ON",
    "synchronous = FULL",  # an acknowledged save survives a power cut
    "recursive_triggers = ON",  # else INSERT OR REPLACE deletes rows without firing the append-only triggers
)

_POSTGRESQL_SETTINGS = (
    "random_page_cost = 1.1",  # the default is for rotating disks and favours reading whole tables
    "jit = off",  # compiling a query takes longer than reading a page of 25 rows
    "plan_cache_mode = force_custom_plan",  # a generic plan is wrong for rare values and for frequent ones
)

_write_override: ContextVar[bool | None] = ContextVar("writing", default=None)


def init_app(app: Flask) -> None:
    """Bind the database to the application and configure its engine."""
    db.init_app(app)
    with app.app_context():
        configure_engine(db.engine)


def configure_engine(engine: Engine) -> None:
    """Register the connection settings and transaction mode of an engine by its dialect.

    Raises `StartupError` if SQLite is not usable. PostgreSQL only needs settings of its planner.
    """
    if engine.dialect.name == "sqlite":
        check_sqlite()
        event.listen(engine, "connect", _on_connect_sqlite)
        event.listen(engine, "begin", _on_begin_sqlite)
    else:
        event.listen(engine, "connect", _on_connect_postgresql)
        event.listen(engine, "begin", _on_begin_postgresql)


def check_sqlite() -> None:
    """Raise `StartupError` if this Python's SQLite is too old or has no full-text search."""
    if sqlite3.sqlite_version_info < MIN_SQLITE_VERSION:
        raise StartupError(
            f"SQLite {sqlite3.sqlite_version} is too old: Siaga needs "
            f"{'.'.join(map(str, MIN_SQLITE_VERSION))} or newer. Install a newer Python, or set "
            "SIAGA_DATABASE_URL to a PostgreSQL database."
        )
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE probe USING fts5(word, tokenize = 'trigram')")
    except sqlite3.OperationalError as error:
        raise StartupError(
            "This Python's SQLite has no full-text search (FTS5). "
            "Install another Python, or set SIAGA_DATABASE_URL to a PostgreSQL database."
        ) from error
    finally:
        connection.close()


@contextmanager
def write_session() -> Iterator[Session]:
    """Open a separate short write transaction after the page is built, e.g. for the access log of a GET.

    It rolls back the request's own transaction first: on SQLite this writer would otherwise wait for its own
    request. So the request's session must hold nothing unsaved, and its records must not be read inside the
    block.
    """
    db.session.rollback()
    token = _write_override.set(True)
    try:
        with Session(db.engine) as session, session.begin():
            yield session
    finally:
        _write_override.reset(token)


@contextmanager
def read_only() -> Iterator[None]:
    """Declare that the block only reads, so that on SQLite no writer has to wait for it."""
    token = _write_override.set(False)
    try:
        yield
    finally:
        _write_override.reset(token)


def can_write() -> bool:
    """Return whether a transaction that begins now may write.

    True in commands and in requests with an unsafe method; `write_session` and `read_only` override it.
    """
    override = _write_override.get()
    if override is not None:
        return override
    return not has_request_context() or request.method not in SAFE_METHODS


def _on_connect_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # else the driver begins only at the first INSERT, after the reads
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _on_connect_postgresql(connection: Any, _record: Any) -> None:
    for setting in _POSTGRESQL_SETTINGS:
        connection.execute(f"SET {setting}")
    connection.commit()  # a rollback would undo SET


def _on_begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once if another one wrote in between, and no
    # busy timeout helps. A transaction that takes the write lock at its beginning only waits.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if can_write() else "BEGIN")


def _on_begin_postgresql(connection: Connection) -> None:
    # Each statement sees what is committed at that time, with or without a transaction. So a page that only
    # reads needs neither BEGIN nor ROLLBACK; after a ROLLBACK the driver drops its prepared statements.
    if "isolation_level" not in connection.get_execution_options():
        driver: Any = connection.connection.driver_connection
        driver.autocommit = has_request_context() and not can_write()
