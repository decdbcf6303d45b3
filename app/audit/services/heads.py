"""Heads of the audit book, saved outside the database in `instance/heads-<book id>`.

A line with the address of the database precedes the heads saved for it; each other line holds time, id and
hash of the newest entry at that time. Lines are only appended, so `siaga check` detects a book that was
shortened.
"""

import atexit
import logging
import os
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import URL, select
from sqlalchemy.orm import Session

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.audit.services import audit_book
from app.core import clock
from app.core.seals import SealVerifier
from app.core.settings import get_instance_folder
from app.db.session import read_only
from app.extensions import db

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger(__name__)

SAVE_INTERVAL_SECONDS = 60.0
"""Interval at which the server checks whether the book has grown."""

_ADDRESS_PREFIX = "database "


class BookHead(NamedTuple):
    """The newest entry of the book at some time."""

    at: datetime
    id: int
    hash: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.id} {self.hash}"


class SavedHead(NamedTuple):
    """A head read from a file of this machine."""

    book_id: str
    address: str
    head: BookHead


def get_current_head() -> tuple[str | None, BookHead | None]:
    """Return the id of the book and its head.

    The id is None before `siaga init` has sealed the book, the head is None if the book is empty.
    """
    with read_only(), Session(db.engine) as session:
        columns = (AuditEntry.id, AuditEntry.hash)
        last = session.execute(select(*columns).order_by(AuditEntry.id.desc()).limit(1)).first()
        return audit_book.get_book_id(session), None if last is None else BookHead(
            clock.now(), last.id, last.hash
        )


def save_head() -> tuple[str | None, BookHead | None]:
    """Append the head to this machine's file if the book has grown; return what `get_current_head` returns.

    The head of a book that became shorter is not saved, unless a backup was restored since the last one.
    """
    book, head = get_current_head()
    if book is not None and head is not None:
        file, address = _get_head_file(book), get_database_address(db.engine.url)
        last_address, last = _read_last_head(file)
        if last_address != address or last is None or _is_new_head(head, last):
            header = "" if last_address == address else f"{_ADDRESS_PREFIX}{address}\n"
            _append_lines(file, f"{header}{head}\n")
    return book, head


def _is_new_head(head: BookHead, last: BookHead) -> bool:
    if head.id > last.id or (head.id, head.hash) == (last.id, last.hash):
        return head.id > last.id
    with read_only(), Session(db.engine) as session:
        query = select(AuditEntry).where(AuditEntry.action == Action.restored, AuditEntry.at > last.at)
        seals = SealVerifier()
        return any(entry.key_id == seals.key.id and seals.is_valid(entry) for entry in session.scalars(query))


def read_saved_heads() -> Iterator[SavedHead]:
    """Yield every head saved on this machine, of this book and of others."""
    for file in sorted(get_instance_folder().glob("heads-*")):
        address = ""
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(_ADDRESS_PREFIX):
                address = line.removeprefix(_ADDRESS_PREFIX)
            elif (head := parse_head(line)) is not None:
                yield SavedHead(file.name.removeprefix("heads-"), address, head)


def parse_head(line: str) -> BookHead | None:
    """Parse a head as written and printed; None for other lines and those cut off by a power failure."""
    parts = line.split()
    if len(parts) != 3 or not parts[1].isdecimal() or len(parts[2]) != 64:
        return None
    try:
        return BookHead(datetime.fromisoformat(parts[0]), int(parts[1]), parts[2])
    except ValueError:
        return None


def get_database_address(url: URL) -> str:
    """Return where the database is: file path, or host, port and name; never user or password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host") or "localhost"
    return f"{host}:{url.port or 5432}/{url.database}"


def _get_head_file(book: str) -> Path:
    return get_instance_folder() / f"heads-{book}"


def _read_last_head(file: Path) -> tuple[str | None, BookHead | None]:
    """Return the last address and the last head in the file."""
    address, head = None, None
    if file.exists():
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(_ADDRESS_PREFIX):
                address = line.removeprefix(_ADDRESS_PREFIX)
            else:
                head = parse_head(line) or head
    return address, head


def _append_lines(file: Path, lines: str) -> None:
    """Append the lines in one unbuffered write with mode 0600, and fsync.

    One write, so that two processes of a machine do not mix their lines.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab", buffering=0) as stream:
        stream.write(lines.encode())
        os.fsync(descriptor)


class HeadSaver:
    """Thread of a server that saves the head every minute, and once more when the process ends."""

    def __init__(self, app: "Flask") -> None:
        self._app = app

    def start(self) -> None:
        """Start the thread, and register the last save for the end of the process."""
        threading.Thread(target=self._run, name="head-keeper", daemon=True).start()
        # Registered before any request: atexit runs in reverse order, so the write queue is written first.
        atexit.register(self.save)

    def save(self) -> None:
        """Save the head; a failure of database or disk is logged, the next interval tries again."""
        try:
            with self._app.app_context():
                save_head()
        except Exception as error:
            log.warning("the head of the audit book was not kept: %s", type(error).__name__)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self.save()
            pause.wait(SAVE_INTERVAL_SECONDS)
