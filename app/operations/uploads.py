"""Uploads and their records: what an interrupted save left is brought in order or cleared away."""

from contextlib import suppress
from typing import Any

from sqlalchemy import select

from app.core import files
from app.db.stored_files import iter_upload_columns
from app.extensions import db

MAX_SAVE_SECONDS = 60 * 60
"""Seconds after which no save is under way any more."""


def clean_up_uploads() -> set[str]:
    """Settle the files whose records are saved, and forget those of saves that never came to an end.

    Gives the keys of the saved ones: they count, also where their files could not be given their own names.
    """
    waiting = files.list_unfinished_keys()
    given_up = files.list_unfinished_keys(
        min_age_seconds=MAX_SAVE_SECONDS
    )  # asked before the records: a save may end meanwhile
    saved = {
        key for model, name in iter_upload_columns() for key in _find_referenced_keys(model, name, waiting)
    }
    db.session.rollback()
    files.finish_uploads(saved)
    for key in given_up - saved:
        with suppress(OSError):  # whoever starts the portal may not touch it; the next start tries again
            files.delete_file(key)
    return saved


def _find_referenced_keys(model: Any, name: str, keys: set[str]) -> set[str]:
    column = getattr(model, name)
    return set(db.session.scalars(select(column).where(column.in_(keys)))) if keys else set()
