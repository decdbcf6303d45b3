"""Locks of the commands: if several processes start at once, only one prepares the database at a time."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from app.core.errors import StartupError

LOCK_TIMEOUT_SECONDS = 600
"""Seconds that a process waits for another set-up: a migration of a million clients takes minutes."""

_ADVISORY_KEY = int.from_bytes(b"init")


@contextmanager
def setup_lock(engine: Engine, instance: Path) -> Iterator[None]:
    """Hold the set-up lock: a locked file for SQLite, an advisory lock on PostgreSQL.

    It is released when the process ends, even if it is killed.
    """
    with file_lock(instance / "init.lock") if engine.dialect.name == "sqlite" else _postgresql_lock(engine):
        yield


@contextmanager
def file_lock(file: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file of this machine, created if it is missing.

    Raises `StartupError` if another process holds it for longer than the timeout.
    """
    with closing(sqlite3.connect(file, timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise StartupError(
                f"{file} is not free ({error}): another command of this installation is running; wait for it."
            ) from error
        yield


@contextmanager
def _postgresql_lock(engine: Engine) -> Iterator[None]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_KEY})
        try:
            yield
        finally:
            connection.invalidate()  # the lock and the timeout end with the connection
