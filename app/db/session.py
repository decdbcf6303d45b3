"""How the portal talks to its database: one set-up for SQLite and PostgreSQL."""

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
"""The first SQLite whose full-text index knows trigrams."""

_SQLITE_PRAGMAS = (
    "busy_timeout = 15000",
    "journal_mode = WAL",
    "foreign_keys = ON",
    "synchronous = FULL",  # an acknowledged save survives a power cut
    "recursive_triggers = ON",  # else INSERT OR REPLACE deletes rows behind the append-only triggers
)

_POSTGRESQL_SETTINGS = (
    "random_page_cost = 1.1",  # its default is for disks with an arm, and reads whole tables to spare the arm
    "jit = off",  # to compile a question takes longer than a page of 25 rows
    "plan_cache_mode = force_custom_plan",  # a plan for any value is wrong for the rare and for the many
)

_write_override: ContextVar[bool | None] = ContextVar("writing", default=None)


def init_app(app: Flask) -> None:
    """Bind the database to the application and set its engine up."""
    db.init_app(app)
    with app.app_context():
        configure_engine(db.engine)


def configure_engine(engine: Engine) -> None:
    """Make an engine keep the house's rules; PostgreSQL keeps them by itself, once it plans for our pages."""
    if engine.dialect.name == "sqlite":
        check_sqlite()
        event.listen(engine, "connect", _on_connect_sqlite)
        event.listen(engine, "begin", _on_begin_sqlite)
    else:
        event.listen(engine, "connect", _on_connect_postgresql)
        event.listen(engine, "begin", _on_begin_postgresql)


def check_sqlite() -> None:
    """Raise `StartupError` when this Python's SQLite is too old or has no full-text search."""
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
    """Write in a short transaction of its own, after the page is built: the access log of a GET.

    Ends the request's own transaction first; on SQLite a second writer would else wait for the first one,
    that is for itself. Nothing unsaved may be left there, and none of its records be read inside the block.
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
    """Promise that a command only reads: on SQLite nobody has to wait for it."""
    token = _write_override.set(False)
    try:
        yield
    finally:
        _write_override.reset(token)


def can_write() -> bool:
    """Whether the transaction that begins now may write: every command, and any request but a reading one."""
    stated = _write_override.get()
    if stated is not None:
        return stated
    return not has_request_context() or request.method not in SAFE_METHODS


def _on_connect_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver would begin only at the first INSERT, after the reads
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _on_connect_postgresql(connection: Any, _record: Any) -> None:
    for setting in _POSTGRESQL_SETTINGS:
        connection.execute(f"SET {setting}")
    connection.commit()  # a setting that is rolled back is none


def _on_begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when somebody wrote in between, and no
    # busy timeout helps; one that takes the write lock at its beginning only waits.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if can_write() else "BEGIN")


def _on_begin_postgresql(connection: Connection) -> None:
    # Each statement sees what is committed then, in a transaction or without: a page that only reads needs
    # neither its BEGIN nor its ROLLBACK, after which the driver would forget what it has prepared.
    if "isolation_level" not in connection.get_execution_options():
        driver: Any = connection.connection.driver_connection
        driver.autocommit = has_request_context() and not can_write()
