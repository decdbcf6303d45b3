"""`siaga init`: the tables, and whatever the rooms want to be there from the first."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from app.core.errors import StartupError
from app.db import triggers
from app.extensions import db
from app.operations import uploads
from app.operations.lock import setup_lock

LARGE_DATABASE_PAGES = 50_000
"""Pages of 4 KB; to count what a larger file holds would hold up a start."""

SetupStep = Callable[[], Iterable[str]]
"""Prepares something, finds it prepared the next time, and returns lines for whoever sits at the machine."""


def initialise(app: Flask, steps: Iterable[SetupStep]) -> list[str]:
    """Bring the database to this release, whole or as far as it came; a second run changes nothing."""
    with app.app_context(), setup_lock(db.engine, Path(app.instance_path)):
        migrate_database()
        told = _restore_missing_objects()
        uploads.clean_up_uploads()
        return [*told, *(line for step in steps for line in step())]


def migrate_database() -> None:
    """Make or change the tables; refuse a database that this release does not understand."""
    configuration = current_app.extensions["migrate"].migrate.get_config()
    present = get_revision()
    if present is None and not is_database_empty():
        raise StartupError(
            "The database has tables that are not Siaga's; name an empty one in SIAGA_DATABASE_URL."
        )
    if present is not None and is_before_first(present):
        raise StartupError(
            f"The database is older than release 0.1 (revision {present}); "
            "install release 0.1, run its siaga init on this database, then this release."
        )
    if present is not None and present not in list_known_revisions():
        raise StartupError(
            f"The database belongs to a newer release of Siaga (revision {present}); install that release, "
            "or name another database in SIAGA_DATABASE_URL."
        )
    if present != get_head_revision():
        command.upgrade(configuration, "head")
    if present is not None:
        _update_statistics()
    db.session.remove()


def _restore_missing_objects() -> list[str]:
    """Make again what the database must hold of its own: without it the books could be rewritten."""
    with db.engine.begin() as connection:
        gone = triggers.list_missing_objects(connection)
        if not gone:
            return []
        triggers.recreate_all(connection)
    lost = f"{len(gone)} triggers or full-text tables were missing and have been made again"
    return [f"{lost}; run siaga check to see what happened without them."]


def _update_statistics() -> None:
    """Let SQLite count what its tables hold, a large file only once; PostgreSQL does it by itself.

    Whole, not by a sample: a sample of a million rows misled it into reading all of them.
    """
    if db.engine.dialect.name != "sqlite":
        return
    # Without room or beside a long writer it can wait for the next start.
    with suppress(OperationalError), db.engine.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        if pages < LARGE_DATABASE_PAGES or not inspect(connection).has_table("sqlite_stat1"):
            connection.exec_driver_sql("ANALYZE")


def is_database_empty() -> bool:
    """Tell whether the database has no table at all."""
    return not set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def get_revision() -> str | None:
    """Name the migration that the database stands at; None: it has never been set up."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def get_head_revision() -> str | None:
    """Name the migration that this release needs."""
    return _get_script_directory().get_current_head()


def list_known_revisions() -> set[str]:
    """Name all migrations up to this release."""
    return {script.revision for script in _get_script_directory().walk_revisions()}


def is_before_first(revision: str) -> bool:
    """Return whether the revision is one of those that the first migration replaces (0001 to 0007)."""
    first = _get_script_directory().get_base()
    return first is not None and revision.isdecimal() and revision < first


def _get_script_directory() -> ScriptDirectory:
    return ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
