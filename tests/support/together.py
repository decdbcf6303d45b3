"""Several people at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flask import Flask, current_app

from tests.support.client import end_transaction

T = TypeVar("T")


def run_together(count: int, action: Callable[[int], T]) -> list[T | Exception]:
    """Call `action(0)` … `action(count - 1)` at the same moment, each in an application context of its own.

    An answer is what the call returned or the exception that it raised.
    """
    end_transaction()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    start = threading.Barrier(count)

    def one(number: int) -> T | Exception:
        with app.app_context():
            start.wait(timeout=30)
            try:
                return action(number)
            except Exception as problem:
                return problem

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
