"""The table `stored_file`: one row for each file in the upload folder, whichever record refers to it."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, event, exists, or_, select
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from app.core import files
from app.core.files import SavedFile
from app.db.column_info import column_info
from app.db.model import Base
from app.db.types import Line, UploadedFile
from app.extensions import Model, db

REMOVED_METADATA_LABELS: dict[str, Any] = {
    "exif": _l("camera data (EXIF)"),
    "gps": _l("place where it was taken"),
    "xmp": _l("editing data (XMP)"),
    "iptc": _l("caption and author (IPTC)"),
    "thumbnail": _l("preview picture"),
    "comment": _l("comment"),
    "time": _l("time of the last change"),
    "animation": _l("further frames of an animation"),
    "trailing": _l("data after the picture"),
    "format": _l("format in which it was sent"),
    "other": _l("other data"),
    "none": _l("nothing to remove"),
}
"""Codes of the metadata that `core.images` removes -> label; `none`: the image had nothing to remove."""

_DISCARDED_KEY = "discarded_files"
"""Key in `Session.info`: keys of files to delete after the transaction is committed."""


class StoredFile(Base):
    """A file on the disk; its row is written in the transaction of the record that refers to it."""

    __tablename__ = "stored_file"
    __title__ = _l("Stored file")

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Line(80), unique=True, info=column_info(_l("File")))
    sha256: Mapped[str] = mapped_column(Line(64), info=column_info(_l("Checksum (SHA-256)")))
    size: Mapped[int] = mapped_column(info=column_info(_l("Size (bytes)")))
    media_type: Mapped[str] = mapped_column(Line(100))
    removed_metadata: Mapped[str | None] = mapped_column(
        Line(200), info=column_info(_l("Removed metadata"), codes=REMOVED_METADATA_LABELS)
    )
    """Codes separated by commas. NULL: the file is stored unchanged."""


def record_stored_files(saved_files: Iterable[SavedFile]) -> None:
    """Add the rows of saved files; call it in the transaction of their records."""
    db.session.add_all([StoredFile(**saved_file.to_row()) for saved_file in saved_files])


def iter_upload_columns() -> Iterator[tuple[Any, str]]:
    """Yield (model, attribute name) of every column that holds the key of an uploaded file."""
    for mapper in Model.registry.mappers:
        for column in mapper.local_table.columns:
            if isinstance(column.type, UploadedFile):
                yield mapper.class_, column.key


def discard_stored_files(keys: Iterable[str | None]) -> None:
    """Delete files that no record refers to any more: the rows now, the content after the commit.

    Call it after the records were changed; it flushes them. A file that another record refers to stays: a
    referral that is passed on to another partner shares its documents.
    """
    db.session.flush()
    for key in filter(None, keys):
        is_referenced = or_(
            *(exists().where(getattr(model, name) == key) for model, name in iter_upload_columns())
        )
        if db.session.scalar(select(is_referenced)):
            continue
        db.session.execute(delete(StoredFile).where(StoredFile.key == key))
        db.session.info.setdefault(_DISCARDED_KEY, []).append(key)


@event.listens_for(Session, "after_commit")
def _delete_discarded_files(session: Session) -> None:
    if session.in_nested_transaction():
        return  # only a savepoint was released, nothing is committed yet
    for key in session.info.pop(_DISCARDED_KEY, ()):
        with suppress(OSError):  # the record is saved; a leftover file must not fail the request
            files.delete_file(key)


@event.listens_for(Session, "after_soft_rollback")
def _clear_discarded_files(session: Session, _transaction: SessionTransaction) -> None:
    session.info.pop(_DISCARDED_KEY, None)
