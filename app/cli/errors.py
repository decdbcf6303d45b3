"""What stands in the way is told in one sentence, never as a traceback."""

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
    """Say the sentence on standard error and exit with 2."""
    try:
        yield
    except (SettingError, StartupError, PortalError) as fault:
        _exit_with_message(str(fault))
    except DatabaseError as fault:
        if not _is_database_unusable(fault):
            raise  # ours, and somebody has to see where
        reason = " ".join(str(fault.orig).split())
        _exit_with_message(
            f"The database cannot be used ({reason}); start it, or correct SIAGA_DATABASE_URL."
        )


def _is_database_unusable(fault: DatabaseError) -> bool:
    """Tell whether the database itself is the trouble: not there, not a database, closed to this user."""
    closed = getattr(fault.orig, "sqlstate", None) == "42501"
    return closed or isinstance(fault, OperationalError) or type(fault) is DatabaseError


def _exit_with_message(sentence: str) -> None:
    click.echo(f"siaga: {sentence}", err=True)
    sys.exit(ERROR_EXIT_CODE)
