"""Error reporting of the command line: one sentence instead of a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import DatabaseError, OperationalError

from app.core.errors import PortalError, StartupError
from config import SettingError

ERROR_EXIT_CODE = 2


@contextmanager
def report_errors() -> Iterator[None]:
    """Print expected errors to standard error and exit with 2; bugs are raised."""
    try:
        yield
    except (SettingError, StartupError, PortalError) as error:
        _exit_with_message(str(error))
    except DatabaseError as error:
        if not _is_database_unusable(error):
            raise  # a bug: keep its traceback
        reason = " ".join(str(error.orig).split())
        advice = (
            "it is damaged: keep its file, and restore the last good backup into a new one"
            if _is_damaged(error)
            else "start it, or correct SIAGA_DATABASE_URL"
        )
        _exit_with_message(f"The database cannot be used ({reason}); {advice}.")


def _is_database_unusable(fault: DatabaseError) -> bool:
    """Return whether the database is unreachable, is not a database, or refuses this user."""
    is_access_denied = getattr(fault.orig, "sqlstate", None) == "42501"
    return is_access_denied or isinstance(fault, OperationalError) or type(fault) is DatabaseError


def _is_damaged(fault: DatabaseError) -> bool:
    """Return whether SQLite found damaged pages."""
    return getattr(fault.orig, "sqlite_errorname", "").startswith("SQLITE_CORRUPT")


def _exit_with_message(sentence: str) -> None:
    click.echo(f"siaga: {sentence}", err=True)
    sys.exit(ERROR_EXIT_CODE)
