"""Access log: the first look at a record as one entry, its repeats as one further entry.

All entries go through the write queue of the process, so no page waits for the audit book. Each process
counts for itself. `kill -9` loses the counts in memory; an orderly stop writes them.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.audit.enums import Action
from app.audit.services import audit_book
from app.core import clock
from app.db.write_queue import QueueFullError, WriteQueue

REPEAT_WINDOW = timedelta(minutes=10)
"""How long repeats are counted after the first access, by the machine's clock."""
MAX_REPEAT_WINDOWS = 10_000
"""Windows open at the same time; beyond that the oldest one ends early."""
COUNTED_ACTIONS = frozenset({Action.view, Action.denied})
"""Actions whose repeats are counted. Each search is an entry of its own: two searches with the same filters
may have found different people."""

REPEATS_KEY, LAST_KEY, PAGE_KEY = "repeats", "last_at", "page"
"""Keys of an entry's details: number of repeats, time of the last one (ISO 8601, UTC), page kind."""


@dataclass
class _RepeatWindow:
    """Repeats of one first access."""

    entry: audit_book.PendingEntry
    """Entry of the first access."""
    started_at: datetime
    """By the machine's clock."""
    repeats: int = 0
    last_at: datetime | None = None
    """By the domain clock (`clock.now`), like every entry of the audit book."""

    def build_entry(self) -> audit_book.PendingEntry:
        """Return the further entry, with the number of repeats."""
        assert self.last_at is not None  # noqa: S101  only windows with repeats are written
        details = {**self.entry.changes, REPEATS_KEY: self.repeats, LAST_KEY: self.last_at.isoformat()}
        return self.entry._replace(changes=details, at=self.last_at)


class AccessLog:
    """Queues the access entries of one process and counts the repeats."""

    def __init__(self, queue: WriteQueue) -> None:
        self._queue = queue
        self._windows: OrderedDict[Hashable, _RepeatWindow] = OrderedDict()
        """Ordered by start."""
        self._lock = threading.Lock()
        queue.add_source(self.flush)

    def record(self, entry: audit_book.PendingEntry) -> None:
        """Queue a first look or a search, or count a repeat. Raise `QueueFullError` if the queue is full."""
        entry = entry._replace(at=clock.now())
        if entry.action not in COUNTED_ACTIONS:
            self._queue.put(audit_book.append_entries, entry)
            return
        with self._lock:
            now, key = clock.machine_now(), _get_window_key(entry)
            self._end_windows(now - REPEAT_WINDOW)
            window = self._windows.get(key)
            if window is not None:
                window.repeats, window.last_at = window.repeats + 1, entry.at
                return
            self._queue.put(audit_book.append_entries, entry)
            self._windows[key] = _RepeatWindow(entry, now)

    def flush(self, closing: bool) -> None:
        """Queue the further entries of the windows that are over; if `closing`, of all windows."""
        with self._lock:
            try:
                self._end_windows(None if closing else clock.machine_now() - REPEAT_WINDOW)
            except QueueFullError:
                return  # the remaining windows stay open until the queue has space

    def reset(self) -> None:
        """Drop all windows without writing them, after the database has been replaced."""
        with self._lock:
            self._windows.clear()

    def _end_windows(self, until: datetime | None) -> None:
        """End the windows started by `until` (None: all), and the oldest ones beyond the limit."""
        while self._windows:
            key, window = next(iter(self._windows.items()))
            if until is not None and window.started_at > until and len(self._windows) < MAX_REPEAT_WINDOWS:
                return
            if window.repeats:
                self._queue.put(audit_book.append_entries, window.build_entry())
            del self._windows[key]


def _get_window_key(entry: audit_book.PendingEntry) -> Hashable:
    """Return the key of a window: actor, action, record and page kind; without a user the IP address."""
    actor_key = entry.actor_id or entry.actor_name or entry.ip
    return actor_key, entry.action, entry.entity, entry.entity_id, entry.changes.get(PAGE_KEY)
