"""Reading as lines of the audit book: the first look at once, its repeats as one further line.

All of it goes through the write queue of the process: no page waits for the book. Each process counts for
itself; `kill -9` loses the counts that run, an orderly stop writes them.
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
"""How long repeats are counted from the first look, on the machine's clock."""
MAX_REPEAT_WINDOWS = 10_000
"""Looks whose repeats are counted at the same time; beyond that the oldest count ends early."""
COUNTED_ACTIONS = frozenset({Action.view, Action.denied})
"""Each search is a line of its own: two that asked for the same columns may have found different people."""

REPEATS_KEY, LAST_KEY, PAGE_KEY = "repeats", "last_at", "page"
"""Keys of a line's details: how often again, the last time (ISO, UTC), the kind of page."""


@dataclass
class _RepeatWindow:
    """The repeats of one first look."""

    entry: audit_book.PendingEntry
    """The first look."""
    started_at: datetime
    """On the machine's clock."""
    repeats: int = 0
    last_at: datetime | None = None
    """On the clock of the domain, like every line of the book."""

    def build_entry(self) -> audit_book.PendingEntry:
        """The further line."""
        assert self.last_at is not None  # noqa: S101  only windows with repeats are written
        details = {**self.entry.changes, REPEATS_KEY: self.repeats, LAST_KEY: self.last_at.isoformat()}
        return self.entry._replace(changes=details, at=self.last_at)


class AccessLog:
    """The counts of one process."""

    def __init__(self, queue: WriteQueue) -> None:
        self._queue = queue
        self._windows: OrderedDict[Hashable, _RepeatWindow] = OrderedDict()
        """In the order in which they began."""
        self._lock = threading.Lock()
        queue.add_source(self.flush)

    def record(self, entry: audit_book.PendingEntry) -> None:
        """Queue a first look or a search, count a repeat. Raise `QueueFullError` when too many lines wait."""
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
        """Queue the further lines of the windows that are over; `closing`: of all."""
        with self._lock:
            try:
                self._end_windows(None if closing else clock.machine_now() - REPEAT_WINDOW)
            except QueueFullError:
                return  # they wait here until there is room

    def reset(self) -> None:
        """Begin anew, without a line: the database is another one."""
        with self._lock:
            self._windows.clear()

    def _end_windows(self, until: datetime | None) -> None:
        """End the windows that began by `until` (None: all), and the oldest ones of too many."""
        while self._windows:
            key, window = next(iter(self._windows.items()))
            if until is not None and window.started_at > until and len(self._windows) < MAX_REPEAT_WINDOWS:
                return
            if window.repeats:
                self._queue.put(audit_book.append_entries, window.build_entry())
            del self._windows[key]


def _get_window_key(entry: audit_book.PendingEntry) -> Hashable:
    """Who looked at which record on which kind of page; a stranger is told by his address."""
    who = entry.actor_id or entry.actor_name or entry.ip
    return who, entry.action, entry.entity, entry.entity_id, entry.changes.get(PAGE_KEY)
