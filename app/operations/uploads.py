"""Clean-up of uploads that an interrupted save left unfinished."""

from contextlib import suppress
from typing import Any

from sqlalchemy import select

from app.core import files
from app.db.stored_files import iter_upload_columns
from app.extensions import db

MAX_SAVE_SECONDS = 60 * 60
"""Seconds after which no save can be in progress any more."""


def clean_up_uploads() -> set[str]:
    """Finish unfinished files whose records are saved, and delete old ones whose save was aborted.

    Returns the keys of the saved ones, also those whose files could not be renamed.
    """
    unfinished = files.list_unfinished_keys()
    # List these before the records are read: a save may end meanwhile.
    expired = files.list_unfinished_keys(min_age_seconds=MAX_SAVE_SECONDS)
    saved = {
        key for model, name in iter_upload_columns() for key in _find_referenced_keys(model, name, unfinished)
    }
    db.session.rollback()
    files.finish_uploads(saved)
    for key in expired - saved:
        with suppress(OSError):  # this user may lack permission to delete it; the next start tries again
            files.delete_file(key)
    return saved


def _find_referenced_keys(model: Any, name: str, keys: set[str]) -> set[str]:
    column = getattr(model, name)
    return set(db.session.scalars(select(column).where(column.in_(keys)))) if keys else set()
