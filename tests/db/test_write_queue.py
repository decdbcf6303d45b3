"""The queue of deferred writes: batched, in order, and never the reason for a page to fail."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.audit.services.audit_book import PendingEntry, append_entries
from app.db import write_queue
from app.db.write_queue import QueueFullError, WriteQueue
from app.extensions import db

TIMEOUT_SECONDS = 15


def make_entry(number: int) -> PendingEntry:
    return PendingEntry(Action.view, "client", number, None, None)


def written_ids() -> list[int | None]:
    db.session.rollback()
    query = select(AuditEntry.entity_id).where(AuditEntry.action == Action.view).order_by(AuditEntry.id)
    return list(db.session.scalars(query))


@pytest.fixture
def queue(app: Flask) -> WriteQueue:
    """A new queue, with a real thread."""
    return WriteQueue(app)


def test_thread_writes_queued_items_in_one_transaction_and_in_order(app: Flask, queue: WriteQueue) -> None:
    calls: list[int] = []
    done = threading.Event()

    def write(session: Session, items: Sequence[Any]) -> None:
        calls.append(len(items))
        append_entries(session, items)

    def finish(_session: Session, _items: Sequence[Any]) -> None:
        done.set()

    for number in range(20):
        queue.put(write, make_entry(number))
    queue.put(finish, None)
    assert done.wait(TIMEOUT_SECONDS)
    queue.flush()  # waits for the running transaction
    assert calls == [20]
    assert written_ids() == list(range(20))


def test_full_queue_refuses(queue: WriteQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_queue, "MAX_QUEUED_WRITES", 3)
    monkeypatch.setattr(write_queue, "BATCH_PAUSE_SECONDS", TIMEOUT_SECONDS)
    for number in range(3):
        queue.put(append_entries, make_entry(number))
    with pytest.raises(QueueFullError):
        queue.put(append_entries, make_entry(3))
    queue.flush()
    queue.put(append_entries, make_entry(4))
    queue.flush()
    assert written_ids() == [0, 1, 2, 4]


def test_write_to_a_busy_database_stays_first_in_the_queue(
    queue: WriteQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_queue, "BATCH_PAUSE_SECONDS", TIMEOUT_SECONDS)
    busy = [True]

    def write(session: Session, items: Sequence[Any]) -> None:
        if busy.pop() if busy else False:
            raise OperationalError("INSERT", {}, Exception("database is locked"))
        append_entries(session, items)

    queue.put(write, make_entry(1))
    with pytest.raises(OperationalError):
        queue.flush()
    queue.put(write, make_entry(2))
    assert written_ids() == []
    queue.flush()
    assert written_ids() == [1, 2]


def test_permanently_refused_write_does_not_block_the_queue(
    queue: WriteQueue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(write_queue, "BATCH_PAUSE_SECONDS", TIMEOUT_SECONDS)

    def write_invalid_row(session: Session, _items: Sequence[Any]) -> None:
        session.execute(text("INSERT INTO audit_entry (id) VALUES (NULL)"))

    for write, item in (
        (append_entries, make_entry(1)),
        (write_invalid_row, None),
        (append_entries, make_entry(2)),
    ):
        queue.put(write, item)
    queue.flush()
    assert written_ids() == [1, 2]
    assert "a write of the queue was refused" in caplog.text


def test_close_writes_the_remaining_items(queue: WriteQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_queue, "BATCH_PAUSE_SECONDS", TIMEOUT_SECONDS)
    queue.put(append_entries, make_entry(1))
    queue.close()
    assert written_ids() == [1]
