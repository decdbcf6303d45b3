"""`siaga init`: migrations, missing database objects, and the set-up steps of the packages."""

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
"""Pages of 4 KB from which on ANALYZE runs only once: on a larger file it would delay each start."""

SetupStep = Callable[[], Iterable[str]]
"""An idempotent set-up step; returns lines for the administrator who runs the command."""


def initialise(app: Flask, steps: Iterable[SetupStep]) -> list[str]:
    """Bring the database to this release under the set-up lock and return lines for the administrator.

    It can be repeated: a failed run is continued, a second run changes nothing.
    """
    with app.app_context(), setup_lock(db.engine, Path(app.instance_path)):
        migrate_database()
        messages = _restore_missing_objects()
        uploads.clean_up_uploads()
        return [*messages, *(line for step in steps for line in step())]


def migrate_database() -> None:
    """Create or migrate the tables.

    Raises `StartupError` if the database belongs to another application, is older than release 0.1, or is
    newer than this release.
    """
    configuration = current_app.extensions["migrate"].migrate.get_config()
    revision = get_revision()
    if revision is None and not is_database_empty():
        raise StartupError(
            "The database has tables that are not Siaga's; name an empty one in SIAGA_DATABASE_URL."
        )
    if revision is not None and is_before_first(revision):
        raise StartupError(
            f"The database is older than release 0.1 (revision {revision}); "
            "install release 0.1, run its siaga init on this database, then this release."
        )
    if revision is not None and revision not in list_known_revisions():
        raise StartupError(
            f"The database belongs to a newer release of Siaga (revision {revision}); install that release, "
            "or name another database in SIAGA_DATABASE_URL."
        )
    if revision != get_head_revision():
        command.upgrade(configuration, "head")
    if revision is not None:
        _update_statistics()
    db.session.remove()


def _restore_missing_objects() -> list[str]:
    """Recreate missing triggers and full-text tables: without triggers the books could be rewritten."""
    with db.engine.begin() as connection:
        missing = triggers.list_missing_objects(connection)
        if not missing:
            return []
        triggers.recreate_all(connection)
    message = f"{len(missing)} triggers or full-text tables were missing and have been made again"
    return [f"{message}; run siaga check to see what happened without them."]


def _update_statistics() -> None:
    """Run ANALYZE on SQLite, on a large file only once; PostgreSQL does it by itself.

    It analyses whole tables: statistics from a sample of a million rows led to plans that read all of them.
    """
    if db.engine.dialect.name != "sqlite":
        return
    # If the disk is full or another writer holds the lock, the next start tries again.
    with suppress(OperationalError), db.engine.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        if pages < LARGE_DATABASE_PAGES or not inspect(connection).has_table("sqlite_stat1"):
            connection.exec_driver_sql("ANALYZE")
    db.engine.dispose()  # other open connections keep the statistics that they read when they were opened


def is_database_empty() -> bool:
    """Return whether the database has no table except Alembic's."""
    return not set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def get_revision() -> str | None:
    """Return the revision of the database; None: it has never been set up."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def get_head_revision() -> str | None:
    """Return the newest revision of this release."""
    return _get_script_directory().get_current_head()


def list_known_revisions() -> set[str]:
    """Return all revisions up to this release."""
    return {script.revision for script in _get_script_directory().walk_revisions()}


def is_before_first(revision: str) -> bool:
    """Return whether the revision is one of those that the first migration replaced (0001 to 0007)."""
    first = _get_script_directory().get_base()
    return first is not None and revision.isdecimal() and revision < first


def _get_script_directory() -> ScriptDirectory:
    return ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
