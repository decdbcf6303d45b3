"""Several people at once."""

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

    An answer is what the call returned or the exception that it raised. Whoever is told that the
    database is busy asks again, as the portal advises: SQLite serves its waiters in no order, and a crowd on
    a slow machine makes somebody wait for longer than its 15 s. Nothing of such a request was saved.
    """
    end_transaction()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    start = threading.Barrier(count)

    def one(number: int) -> T | Exception:
        with app.app_context():
            start.wait(timeout=60)
            return retry_while_busy(lambda: _call_or_exception(action, number))

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def start_concurrently(pool: ThreadPoolExecutor, action: Callable[[], T]) -> Future[T]:
    """Start the action in a thread while the caller's transaction is open, and let it come to the locks.

    A slow machine may come to them only after the commit: then the rule is not tried, and nothing fails.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def run() -> T:
        with app.app_context():
            return action()

    future = pool.submit(run)
    wait([future], timeout=1)
    return future


def retry_while_busy(request: Callable[[], T]) -> T:
    """Ask again while the database is busy, some times."""
    for _try in range(MAX_TRIES):
        answer = request()
        if not _is_busy(answer):
            break
    return answer


def _call_or_exception(action: Callable[[int], T], number: int) -> T | Exception:
    try:
        return action(number)
    except Exception as problem:
        return problem


def _is_busy(answer: Any) -> bool:
    if isinstance(answer, OperationalError):
        return getattr(answer.orig, "sqlite_errorname", None) == "SQLITE_BUSY"
    return getattr(answer, "status_code", answer) in (BUSY_STATUS, str(BUSY_STATUS))
