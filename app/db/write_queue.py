"""Bounded queue of one process; a thread writes what gathered in it, in one short transaction.

No request waits for these writes: at worst those of the last 2 s are lost with the process (`kill -9`).
A database that is busy delays the queue, not the page. In tests (TESTING) it is flushed at the end of each
request, so that a test sees what its request caused. Whoever gathers over a longer time (`AccessLog`) is
asked before each flush whether something is due; the thread looks once a minute, also when nothing comes.
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
"""Seconds that the thread lets writes gather; with the transaction itself less than 2 s pass."""

IDLE_PAUSE_SECONDS = 60.0
"""Seconds after which the thread asks the sources though nothing was put."""

WriteFunction = Callable[[Session, Sequence[Any]], None]
"""Writes some items in the session's transaction; it must not commit."""


WriteSource = Callable[[bool], None]
"""Puts what is due into the queue; True: the process stops, so everything is."""


class QueueFullError(unavailable.Outage):
    """The database has not answered for so long that `CAPACITY` writes wait; answered 503."""

    def __init__(self) -> None:
        super().__init__(unavailable.DATABASE_BUSY)


QUEUE_OPTION = "write_queue"
"""Execution option of the queue's own statements: no request waits for them, so no test counts them."""


class _QueuedWrite(NamedTuple):
    write: WriteFunction
    item: Any


class WriteQueue:
    """The queue of one application in one process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._entries: deque[_QueuedWrite] = deque()
        self._lock = threading.Lock()
        self._flush_lock = threading.Lock()
        self._filled_event = threading.Event()
        self._thread_pid: int | None = None
        """The process whose thread runs; a fork (gunicorn's workers) has none yet."""
        self._sources: list[WriteSource] = []

    def add_source(self, source: WriteSource) -> None:
        """Ask `source` before each flush for what is due."""
        self._sources.append(source)

    def put(self, write: WriteFunction, item: Any) -> None:
        """Let `write(session, [..., item, ...])` run soon. Raise `QueueFullError` when too many wait."""
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
        """Write what waits now. When the database is busy it goes on waiting, and the error is raised."""
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
            except Exception as fault:
                if unavailable.get_outage_status(fault) is None:
                    _write_one_by_one(entries)
                    return
                with self._lock:
                    self._entries.extendleft(reversed(entries))
                self._filled_event.set()
                raise

    def close(self) -> None:
        """Write the rest at an orderly stop."""
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
            except Exception as fault:
                log.warning("the queue of writes waits: %s", type(fault).__name__)


def _write_batch(entries: Sequence[_QueuedWrite] | deque[_QueuedWrite]) -> None:
    with write_session() as session:
        session.connection(execution_options={QUEUE_OPTION: True})
        for write, group in groupby(entries, key=itemgetter(0)):
            write(session, [entry.item for entry in group])


def _write_one_by_one(entries: deque[_QueuedWrite]) -> None:
    """Leave out what the database refuses for good, or nothing behind it would ever be written."""
    for entry in entries:
        try:
            _write_batch([entry])
        except Exception:
            log.exception("a write of the queue was refused")


def init_app(app: Flask) -> None:
    """Give the application its queue."""
    queue = app.extensions["write_queue"] = WriteQueue(app)

    def flush_after_request(response: Response) -> Response:
        db.session.rollback()  # on SQLite whoever flushes just now would wait for a refused save of ours
        queue.flush()
        return response

    if app.testing:
        app.after_request(flush_after_request)


def put(write: WriteFunction, item: Any) -> None:
    """Put a write into the queue of the application."""
    queue: WriteQueue = current_app.extensions["write_queue"]
    queue.put(write, item)
