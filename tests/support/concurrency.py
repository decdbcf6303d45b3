"""Helpers that run code in several threads at once."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from tests.support.client import end_transaction

T = TypeVar("T")

BUSY_STATUS = 503
MAX_TRIES = 10


def run_concurrently(count: int, action: Callable[[int], T]) -> list[T | Exception]:
    """Call `action(0)` … `action(count - 1)` at the same moment, each in an application context of its own.

    Return the results in order; an exception is returned in place of a result. A call that fails because the
    database is busy is retried, as the portal's error page advises: SQLite serves waiting writers in no
    order, so on a slow machine one may wait longer than its 15 s. Nothing of a failed request was saved.
    """
    end_transaction()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    start = threading.Barrier(count)

    def call(number: int) -> T | Exception:
        with app.app_context():
            start.wait(timeout=60)
            return retry_while_busy(lambda: _call_or_exception(action, number))

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def start_concurrently(pool: ThreadPoolExecutor, action: Callable[[], T]) -> Future[T]:
    """Start the action in a thread and give it 1 s to reach the locks of the caller's open transaction.

    On a slow machine it may reach them only after the commit: the test then passes without testing the lock.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def run() -> T:
        with app.app_context():
            return action()

    future = pool.submit(run)
    wait([future], timeout=1)
    return future


def retry_while_busy(request: Callable[[], T]) -> T:
    """Call `request` up to `MAX_TRIES` times, until the database is not busy; return the last result."""
    for _try in range(MAX_TRIES):
        result = request()
        if not _is_busy(result):
            break
    return result


def _call_or_exception(action: Callable[[int], T], number: int) -> T | Exception:
    try:
        return action(number)
    except Exception as problem:
        return problem


def _is_busy(result: Any) -> bool:
    if isinstance(result, OperationalError):
        return getattr(result.orig, "sqlite_errorname", None) == "SQLITE_BUSY"
    return getattr(result, "status_code", result) in (BUSY_STATUS, str(BUSY_STATUS))
