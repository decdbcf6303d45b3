"""Heads of the audit book that a machine keeps outside the database, in `instance/heads-<id of the book>`.

The first line is the address of the database, each other one the time, id and hash of the newest line of the
book at that time. Lines are appended and never taken away, so `siaga check` finds a book that was shortened.
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
"""Seconds after which the server looks whether the book has grown."""

_ADDRESS_PREFIX = "database "


class BookHead(NamedTuple):
    """The newest line of the book at some time."""

    at: datetime
    id: int
    hash: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.id} {self.hash}"


class SavedHead(NamedTuple):
    """A head as a file of this machine tells it."""

    book_id: str
    address: str
    head: BookHead


def get_current_head() -> tuple[str | None, BookHead | None]:
    """Return the id of the book and its head: no id before `siaga init` has sealed it, no head when empty."""
    with read_only(), Session(db.engine) as session:
        columns = (AuditEntry.id, AuditEntry.hash)
        last = session.execute(select(*columns).order_by(AuditEntry.id.desc()).limit(1)).first()
        return audit_book.get_book_id(session), None if last is None else BookHead(
            clock.now(), last.id, last.hash
        )


def save_head() -> tuple[str | None, BookHead | None]:
    """Append the head to this machine's file when the book has grown; return what `current_head` does.

    A book that is shorter than it was is not written down, unless a backup was restored since.
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
        lines = select(AuditEntry).where(AuditEntry.action == Action.restored, AuditEntry.at > last.at)
        seals = SealVerifier()
        return any(line.key_id == seals.key.id and seals.is_valid(line) for line in session.scalars(lines))


def read_saved_heads() -> Iterator[SavedHead]:
    """Read every head that this machine has kept, of this book and of others."""
    for file in sorted(get_instance_folder().glob("heads-*")):
        address = ""
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(_ADDRESS_PREFIX):
                address = line.removeprefix(_ADDRESS_PREFIX)
            elif (head := parse_head(line)) is not None:
                yield SavedHead(file.name.removeprefix("heads-"), address, head)


def parse_head(line: str) -> BookHead | None:
    """Read a head as it is written and printed; None: the line is none, or was cut off by a power cut."""
    parts = line.split()
    if len(parts) != 3 or not parts[1].isdecimal() or len(parts[2]) != 64:
        return None
    try:
        return BookHead(datetime.fromisoformat(parts[0]), int(parts[1]), parts[2])
    except ValueError:
        return None


def get_database_address(url: URL) -> str:
    """Return where the database is: a file's path, or host, port and name; never a user or password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host") or "localhost"
    return f"{host}:{url.port or 5432}/{url.database}"


def _get_head_file(book: str) -> Path:
    return get_instance_folder() / f"heads-{book}"


def _read_last_head(file: Path) -> tuple[str | None, BookHead | None]:
    """Return the last address in the file and the last head."""
    address, head = None, None
    if file.exists():
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(_ADDRESS_PREFIX):
                address = line.removeprefix(_ADDRESS_PREFIX)
            else:
                head = parse_head(line) or head
    return address, head


def _append_lines(file: Path, lines: str) -> None:
    """Write at once, for its owner's eyes only: two processes of a machine do not mix their lines."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab", buffering=0) as stream:
        stream.write(lines.encode())
        os.fsync(descriptor)


class HeadSaver:
    """Thread of a server that keeps the head each minute, and once more when the process ends."""

    def __init__(self, app: "Flask") -> None:
        self._app = app

    def start(self) -> None:
        """Keep the head now and from now on."""
        threading.Thread(target=self._run, name="head-keeper", daemon=True).start()
        atexit.register(self.save)  # before any request: what still waits in the write queue comes first

    def save(self) -> None:
        """Keep the head; a database or disk that does not answer is tried again."""
        try:
            with self._app.app_context():
                save_head()
        except Exception as fault:
            log.warning("the head of the audit book was not kept: %s", type(fault).__name__)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self.save()
            pause.wait(SAVE_INTERVAL_SECONDS)
