"""How many statements an answer took: told in a header of the answer, in the benchmark alone."""

import threading
from collections.abc import Callable
from typing import Any

HEADER = "X-Statements"
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")


class Counter:
    """Counts for each thread: one thread answers one request at a time."""

    def __init__(self) -> None:
        self._here = threading.local()

    def note(self, statement: str) -> None:
        """Count a statement; beginnings and ends of transactions aside."""
        if not statement.startswith(_FRAME):
            self._here.number = getattr(self._here, "number", 0) + 1

    def around(self, application: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a WSGI application: its answers tell the number."""

        def counted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            self._here.number = 0

            def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                return start_response(status, [*headers, (HEADER, str(self._here.number))], *rest)

            return application(environ, start)

        return counted
