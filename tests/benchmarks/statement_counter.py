"""Counts the SQL statements of a response and returns the number in a response header."""

import threading
from collections.abc import Callable
from typing import Any

COUNT_HEADER = "X-Statements"
_TRANSACTION_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")


class StatementCounter:
    """Counts per thread, as a thread handles one request at a time."""

    def __init__(self) -> None:
        self._local = threading.local()

    def count(self, statement: str) -> None:
        """Count a statement, unless it is transaction control."""
        if not statement.startswith(_TRANSACTION_STATEMENTS):
            self._local.number = getattr(self._local, "number", 0) + 1

    def wrap(self, application: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a WSGI application so that it sends the number as `COUNT_HEADER`."""

        def counted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            self._local.number = 0

            def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                return start_response(status, [*headers, (COUNT_HEADER, str(self._local.number))], *rest)

            return application(environ, start)

        return counted
