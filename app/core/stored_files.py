"""The table of the files in the upload folder: one row for each, whichever record names it."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete
from sqlalchemy.orm import Mapped, mapped_column

from app.core.files import SavedFile
from app.core.model import Base
from app.core.types import Line
from app.extensions import db


class StoredFile(Base):
    """A file as it lies on the disk; written in the transaction of the record that names it."""

    __tablename__ = "stored_file"
    __title__ = _l("Stored file")
    __labels__: dict[str, Any] = {
        "key": _l("File"),
        "sha256": _l("Checksum (SHA-256)"),
        "size": _l("Size (bytes)"),
        "removed_metadata": _l("Removed metadata"),
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Line(80), unique=True)
    sha256: Mapped[str] = mapped_column(Line(64))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(Line(100))
    removed_metadata: Mapped[str | None] = mapped_column(Line(200))
    """Codes with commas between; `none`: there was none to remove. NULL: the file is kept as it was sent."""


def record_stored_files(saved: Iterable[SavedFile]) -> None:
    """Add the rows of files that were saved; in the transaction of their records."""
    db.session.add_all([StoredFile(**one.row()) for one in saved])


def discard_stored_files(keys: Iterable[str]) -> None:
    """Delete the rows of files that no record names any more."""
    for key in keys:
        db.session.execute(delete(StoredFile).where(StoredFile.key == key))
