"""Clean-up of uploads that an interrupted save left unfinished."""

from contextlib import suppress
from typing import Any

from sqlalchemy import select

from app.core import files
from app.db.stored_files import iter_upload_columns
from app.extensions import db

MAX_SAVE_SECONDS = 60 * 60
"""Seconds after which no save can be in progress any more."""


def clean_up_uploads() -> None:
    """Finish unfinished files whose records are saved, and delete old ones whose save was aborted."""
    # List these before the records are read: a save may end meanwhile.
    expired = files.list_unfinished_keys(min_age_seconds=MAX_SAVE_SECONDS)
    saved = find_saved_keys(files.list_unfinished_keys())
    files.finish_uploads(saved)
    for key in expired - saved:
        with suppress(OSError):  # this user may lack permission to delete it; the next start tries again
            files.delete_file(key)


def find_saved_keys(keys: set[str]) -> set[str]:
    """Return those of the keys that a saved record refers to."""
    saved = {key for model, name in iter_upload_columns() for key in _find_referenced_keys(model, name, keys)}
    db.session.rollback()
    return saved


def _find_referenced_keys(model: Any, name: str, keys: set[str]) -> set[str]:
    column = getattr(model, name)
    return set(db.session.scalars(select(column).where(column.in_(keys)))) if keys else set()
