"""What the pages of a large office cost its database, in plans, rows and steps; never in seconds."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from app.extensions import db

Asked = tuple[str, Any]
"""A statement and its values."""


@contextmanager
def asked() -> Iterator[list[Asked]]:
    """Collect the questions of the block with their values."""
    sent: list[Asked] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            sent.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


class Steps:
    """Counts the steps of SQLite's machine, in thousands: what a page costs, whatever the clock says."""

    EACH = 1_000

    def __init__(self) -> None:
        self.taken = 0
        event.listen(db.engine, "before_cursor_execute", self._watch)

    def _watch(self, connection: Any, *_rest: Any) -> None:
        connection.connection.driver_connection.set_progress_handler(self._tick, self.EACH)

    def _tick(self) -> int:
        self.taken += 1
        return 0


def nodes(connection: Connection, statement: str, values: Any) -> Iterator[tuple[str, str, float]]:
    """Every part of PostgreSQL's plan: what it does, to which table or index, and how many rows it touched."""
    explain = f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, FORMAT JSON) {statement}"
    answer = connection.exec_driver_sql(explain, values).scalar()
    todo = [(json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]]
    while todo:
        node = todo.pop()
        todo += node.get("Plans", [])
        removed = sum(
            node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck", "Join Filter")
        )
        touched = max(node["Actual Rows"] + removed, 1 if node["Actual Loops"] else 0) * node["Actual Loops"]
        yield node["Node Type"], node.get("Relation Name", node.get("Index Name", "")), touched
