"""What stands in the way is told in one sentence, never as a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, ProgrammingError

from app.core.errors import PortalError, StartupError
from config import SettingError

BROKEN = 2


@contextmanager
def told() -> Iterator[None]:
    """Say the sentence on standard error and exit with 2."""
    try:
        yield
    except (SettingError, StartupError, PortalError) as fault:
        _fail(str(fault))
    except (IntegrityError, ProgrammingError):
        raise  # ours, and somebody has to see where
    except (OperationalError, DatabaseError) as fault:
        reason = " ".join(str(fault.orig).split())
        _fail(f"The database cannot be used ({reason}); start it, or correct SIAGA_DATABASE_URL.")


def _fail(sentence: str) -> None:
    click.echo(f"siaga: {sentence}", err=True)
    sys.exit(BROKEN)
