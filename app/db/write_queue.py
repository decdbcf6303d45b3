"""Bounded write queue of one process; a thread writes its entries in one short transaction.

No request waits for these writes: at worst those of the last 2 s are lost with the process (`kill -9`).
A busy database delays the queue, not the page. In tests (TESTING) the queue is flushed at the end of each
request, so that a test sees what its request caused. Sources that gather over a longer time (`AccessLog`) are
called before each flush to put what is due; the thread flushes at least once a minute.
"""

import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from flask import Flask, Response, current_app
from sqlalchemy.orm import Session

from app.db import unavailable
from app.db.session import write_session
from app.extensions import db

log = logging.getLogger(__name__)

MAX_QUEUED_WRITES = 10_000
BATCH_PAUSE_SECONDS = 1.0
"""Seconds that the thread waits for further writes; less than 2 s including the transaction itself."""

IDLE_PAUSE_SECONDS = 60.0
"""Seconds after which the thread calls the sources even if nothing was put."""

WriteFunction = Callable[[Session, Sequence[Any]], None]
"""Writes items in the session's transaction; it must not commit."""


WriteSource = Callable[[bool], None]
"""Puts into the queue what is due; argument True: the process stops, so everything is due."""


class QueueFullError(unavailable.Outage):
    """`MAX_QUEUED_WRITES` writes are waiting, because the database does not respond (503)."""

    def __init__(self) -> None:
        super().__init__(unavailable.DATABASE_BUSY)


QUEUE_OPTION = "write_queue"
"""Execution option of the queue's statements: tests do not count them as queries of a request."""


class _QueuedWrite(NamedTuple):
    write: WriteFunction
    item: Any


class WriteQueue:
    """The write queue of one application in one process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._entries: deque[_QueuedWrite] = deque()
        self._lock = threading.Lock()
        self._flush_lock = threading.Lock()
        self._filled_event = threading.Event()
        self._thread_pid: int | None = None
        """Id of the process in which the thread runs; after a fork (gunicorn) the child has no thread yet."""
        self._sources: list[WriteSource] = []

    def add_source(self, source: WriteSource) -> None:
        """Register a source that is called before each flush."""
        self._sources.append(source)

    def put(self, write: WriteFunction, item: Any) -> None:
        """Schedule `write(session, [..., item, ...])`; raise `QueueFullError` if too many entries wait."""
        with self._lock:
            if len(self._entries) >= MAX_QUEUED_WRITES:
                raise QueueFullError
            self._entries.append(_QueuedWrite(write, item))
            if self._thread_pid != os.getpid():
                self._thread_pid = os.getpid()
                threading.Thread(target=self._run, name="write-queue", daemon=True).start()
                atexit.register(self.close)
        self._filled_event.set()

    def flush(self, *, closing: bool = False) -> None:
        """Write all waiting entries; if the database is unavailable, keep them and raise the error."""
        with self._flush_lock:
            for source in self._sources:
                source(closing)
            with self._lock:
                entries, self._entries = self._entries, deque()
                self._filled_event.clear()
            if not entries:
                return
            try:
                _write_batch(entries)
            except Exception as error:
                if unavailable.get_outage_status(error) is None:
                    _write_one_by_one(entries)
                    return
                with self._lock:
                    self._entries.extendleft(reversed(entries))
                self._filled_event.set()
                raise

    def close(self) -> None:
        """Write the remaining entries at an orderly stop."""
        try:
            with self._app.app_context():
                self.flush(closing=True)
        except Exception:
            log.exception("the last writes of the queue are lost")

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._filled_event.wait(IDLE_PAUSE_SECONDS)
            pause.wait(BATCH_PAUSE_SECONDS)
            try:
                with self._app.app_context():
                    self.flush()
            except Exception as error:
                log.warning("the queue of writes waits: %s", type(error).__name__)


def _write_batch(entries: Sequence[_QueuedWrite] | deque[_QueuedWrite]) -> None:
    with write_session() as session:
        session.connection(execution_options={QUEUE_OPTION: True})
        for write, group in groupby(entries, key=itemgetter(0)):
            write(session, [entry.item for entry in group])


def _write_one_by_one(entries: deque[_QueuedWrite]) -> None:
    """Write entries separately and drop those that the database refuses: they would block all later ones."""
    for entry in entries:
        try:
            _write_batch([entry])
        except Exception:
            log.exception("a write of the queue was refused")


def init_app(app: Flask) -> None:
    """Create the application's queue; in tests, flush it after each request."""
    queue = app.extensions["write_queue"] = WriteQueue(app)

    def flush_after_request(response: Response) -> Response:
        db.session.rollback()  # on SQLite the flush would wait for a write lock of this request
        queue.flush()
        return response

    if app.testing:
        app.after_request(flush_after_request)


def put(write: WriteFunction, item: Any) -> None:
    """Put a write into the queue of the current application."""
    queue: WriteQueue = current_app.extensions["write_queue"]
    queue.put(write, item)
