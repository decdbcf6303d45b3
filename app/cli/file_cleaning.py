"""`siaga clean-files`: remove metadata from files of older releases and give each its `stored_file` row.

Each file is cleaned first and then recorded in a separate transaction, so an interrupted run continues where
it stopped. The audit book keeps the original checksum of the file.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import Table, exists, select, update
from tqdm import tqdm

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.audit.services.audit_book import PendingEntry, append_entries, get_actor_columns
from app.core import files, images
from app.core.actor import SYSTEM
from app.core.files import SavedFile
from app.db.stored_files import StoredFile, iter_upload_columns, record_stored_files
from app.db.transaction import transaction
from app.extensions import db


class _NoRecordError(Exception):
    """No record refers to the file any more: it was replaced meanwhile."""


def clean_files() -> Iterator[str]:
    """Clean every file without a row; yield a line for each failure, then the number of cleaned files."""
    _delete_replaced_files()
    cleaned_count = 0
    for key in tqdm(sorted(_find_keys_without_row()), desc="files", unit="file", disable=None):
        try:
            cleaned_count += _clean_file(key)
        except images.ImageError as error:
            yield f"The file {key} keeps its metadata ({error.code.replace('_', ' ')})."
            if error.is_final:
                with suppress(_NoRecordError):
                    _record_cleaned_file(key, _describe_unchanged_file(key))
        except OSError as os_error:
            yield f"The file {key} cannot be cleaned ({os_error.strerror})."
        except _NoRecordError:
            continue
    if cleaned_count:
        yield f"Stored files freed of metadata: {cleaned_count}."


def _find_keys_without_row() -> set[str]:
    keys: set[str] = set()
    for model, name in iter_upload_columns():
        column = getattr(model, name)
        has_row = exists(select(StoredFile.id).where(StoredFile.key == column))
        keys |= set(db.session.scalars(select(column).where(column.is_not(None), ~has_row).distinct()))
    db.session.rollback()  # end the transaction: nobody should wait while files are read
    return keys


def _clean_file(key: str) -> bool:
    """Clean the file if it is an image, record it, and return whether its content changed."""
    unchanged = _describe_unchanged_file(key)
    if files.has_own_metadata(key):
        _record_cleaned_file(key, unchanged)
        return False
    content = files.get_path(key).read_bytes()
    image = images.clean_image(content, files.get_kind(key))
    if image.content == content:
        _record_cleaned_file(key, unchanged._replace(removed_metadata=image.removed_metadata))
        return False
    saved = files.write_image(image)
    try:
        _record_cleaned_file(key, saved, unchanged)
    except BaseException:
        files.delete_file(saved.key)
        raise
    files.finish_uploads([saved.key])
    files.delete_file(key)
    return True


def _describe_unchanged_file(key: str) -> SavedFile:
    content = files.get_path(key).read_bytes()
    return SavedFile(key, hashlib.sha256(content).hexdigest(), len(content), None)


def _record_cleaned_file(key: str, saved: SavedFile, original: SavedFile | None = None) -> None:
    """Write the row, the new key in all records and the audit entry in one transaction.

    Raises `_NoRecordError` if no record refers to the file.
    """
    original = original or saved
    with transaction(by=SYSTEM) as session:
        record_stored_files([saved])
        session.flush()
        if not sum(_replace_key(model.__table__, name, key, saved) for model, name in iter_upload_columns()):
            raise _NoRecordError
        row = session.scalars(select(StoredFile).filter_by(key=saved.key)).one()
        changes = {
            "key": [key, saved.key],
            "sha256": [original.sha256, saved.sha256],
            "size": [original.size, saved.size],
            "removed_metadata": [None, row.removed_metadata],
        }
        entry = PendingEntry(
            Action.update, StoredFile.__tablename__, row.id, *get_actor_columns(SYSTEM), changes=changes
        )
        append_entries(session, [entry])


def _replace_key(table: Table, name: str, key: str, saved: SavedFile) -> int:
    """Set the new key in the records of one table without changing their versions; return their number."""
    values = {name: saved.key}
    if "sha256" in table.c:
        values["sha256"] = saved.sha256
    result: Any = db.session.execute(update(table).where(table.c[name] == key).values(values))
    return int(result.rowcount)


def _delete_replaced_files() -> None:
    """Delete originals that an interrupted run had already replaced."""
    query = select(AuditEntry.changes).where(AuditEntry.entity == StoredFile.__tablename__)
    key_changes = [changes["key"] for changes in db.session.scalars(query) if changes]
    db.session.rollback()
    for old, new in key_changes:
        if old != new:
            files.delete_file(old)
