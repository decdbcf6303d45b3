"""Checks of the queries of a page: by plan, rows read and steps of SQLite's VM, never by time.

PostgreSQL reports the rows read by each node of a plan. SQLite reports only its plan, but its virtual machine
counts steps: a thousand of them read some two hundred rows.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest import mock

from sqlalchemy import Connection, event, func, select, text

from app.admin.base import PortalView
from app.db.search import UNINDEXED_SEARCH_LIMIT
from app.extensions import Model, db
from tests.support.client import PortalClient

LARGE_TABLE_ROWS = 5_000
"""A table with so many rows is large: no query may read all of it."""
MAX_ROWS = 4_000
"""Rows that a plan node may read: 2,500 rows of paging, and the thousand rows of the capped count."""
MAX_STEPS = 400
"""Thousands of VM steps per statement: 2,500 rows paged past, each with its access check."""
MAX_STEPS_AMONG_NEWEST = 420
"""The same for a search of one or two letters, which reads the newest rows of two tables.

A referral is searched by its own text and its client's (`/referrals/list/?q=si` with a date filter: 409).
Most steps read these 20,000 rows; that restricted clients match by public words only has added 13.
"""
MAX_SORT_STEPS = 100
"""Thousands of VM steps of a statement with an ORDER BY that no index serves."""
IN_MEMORY_FACTOR = 10
"""Rows that a Materialize node holds in memory may be read so many times more often."""
MIN_INDEXED_LENGTH = 3
EXPECTED_STATUSES = (200, 302, 401, 403, 404, 409)


@dataclass
class CapturedQuery:
    """A statement, its parameters, and its VM steps (in thousands, SQLite only)."""

    statement: str
    values: Any
    steps: int = 0

    @property
    def limits_subquery(self) -> bool:
        return "FROM (SELECT" in self.statement and "LIMIT" in self.statement

    @property
    def max_rows(self) -> int:
        """Rows that a plan node may read; one or two letters are searched in the newest rows."""
        return UNINDEXED_SEARCH_LIMIT if self._is_among_newest else MAX_ROWS

    @property
    def max_steps(self) -> int:
        """Thousands of VM steps that the statement may take."""
        return MAX_STEPS_AMONG_NEWEST if self._is_among_newest else MAX_STEPS

    @property
    def _is_among_newest(self) -> bool:
        values = self.values.values() if isinstance(self.values, dict) else self.values or ()
        return UNINDEXED_SEARCH_LIMIT in values


def analyze_database() -> None:
    """Update the statistics of the planner and the visibility map, as autovacuum does in operation.

    SQLite reads the statistics when a connection is opened, so those from before are closed. With statistics
    of a small office it scanned whole tables to count the queues, in whichever test got such a connection.
    """
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        with db.engine.begin() as connection:  # our engine begins a transaction even in autocommit mode
            connection.execute(text("ANALYZE"))
        db.engine.dispose()
    else:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def capture_queries() -> Iterator[list[CapturedQuery]]:
    """Collect the SELECT statements of the block."""
    sent: list[CapturedQuery] = []

    def note(connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        query = CapturedQuery(statement, values)
        if statement.startswith(("SELECT", "WITH")):
            sent.append(query)
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.set_progress_handler(lambda: _count_step(query), 1_000)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _count_step(query: CapturedQuery) -> int:
    query.steps += 1
    return 0


class PlanChecker:
    """Requests pages and checks the plans of their queries; each query is checked once."""

    def __init__(self) -> None:
        tables = Model.metadata.sorted_tables
        sizes = {t.name: db.session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}
        db.session.rollback()
        self.large = {name for name, size in sizes.items() if size >= LARGE_TABLE_ROWS}
        self._checked: dict[Any, list[str]] = {}

    def find_faults(self, client: PortalClient, url: str, *, render: bool = True) -> list[str]:
        """Return the faults of a page; `render=False` leaves out the queries of its template."""
        no_rendering = mock.patch.object(PortalView, "render_template", return_value="")
        with nullcontext() if render else no_rendering, capture_queries() as sent:
            result = client.get(url, check_html=False)
        assert result.status_code in EXPECTED_STATUSES, f"{result.status} {url}"
        with db.engine.connect() as connection:
            return [
                fault
                for query in sent
                for fault in self._statement_faults(connection, query, _is_narrowed(url))
            ]

    def _statement_faults(self, connection: Connection, query: CapturedQuery, narrowed: bool) -> list[str]:
        if connection.dialect.name == "sqlite":
            return list(self._sqlite_faults(connection, query, narrowed))
        key = (query.statement, repr(query.values))
        if key not in self._checked:
            self._checked[key] = list(self._postgresql_faults(connection, query))
        return self._checked[key]

    def _sqlite_faults(self, connection: Connection, query: CapturedQuery, narrowed: bool) -> Iterator[str]:
        if query.steps > query.max_steps:
            yield f"{query.steps} thousand steps: {query.statement}"
        plan = self._checked.get(query.statement)
        if plan is None:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query.statement}", query.values)
            plan = self._checked[query.statement] = [row[-1] for row in rows]
        scanned = {_table_of(line) for line in plan} & self.large
        if scanned and ("LIMIT" not in query.statement or (narrowed and query.limits_subquery)):
            yield f"scans {', '.join(scanned)}: {query.statement}"
        if (
            "USE TEMP B-TREE FOR ORDER BY" in plan
            and query.steps > MAX_SORT_STEPS
            and not query.limits_subquery
        ):
            yield f"sorts: {query.statement}"

    def _postgresql_faults(self, connection: Connection, query: CapturedQuery) -> Iterator[str]:
        for kind, name, rows in plan_nodes(connection, query.statement, query.values):
            most = query.max_rows * (IN_MEMORY_FACTOR if kind == "Materialize" else 1)
            if rows > most and (name in self.large or kind in ("Sort", "Hash", "Materialize")):
                yield f"{kind} {name} of {rows:.0f} rows: {query.statement}"


def _is_narrowed(url: str) -> bool:
    """Return whether the page is filtered or searched in a way that an index supports."""
    q = re.search(r"[?&]q=([^&]*)", url)
    if q is not None:
        return len(q.group(1)) >= MIN_INDEXED_LENGTH
    return "_flt_" in url or "show=" in url


def _table_of(line: str) -> str:
    found = re.match(r"SCAN (\w+?)(_\d+)?( USING .*INDEX.*)?$", line)
    return found.group(1) if found else ""


def plan_nodes(connection: Connection, statement: str, values: Any) -> Iterator[tuple[str, str, float]]:
    """Yield (node type, table or index, rows read) of every node of a PostgreSQL plan."""
    explain = f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, FORMAT JSON) {statement}"
    result = connection.exec_driver_sql(explain, values).scalar()
    todo = [(json.loads(result) if isinstance(result, str) else result)[0]["Plan"]]
    while todo:
        node = todo.pop()
        todo += node.get("Plans", [])
        removed = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        rows_read = (node["Actual Rows"] + removed) * node["Actual Loops"]
        yield node["Node Type"], node.get("Relation Name", node.get("Index Name", "")), rows_read


def max_rows_read(query: CapturedQuery, table: str | None = None) -> float:
    """Return the most rows that one scan node has read, of this table or of any; 0 on SQLite."""
    if db.engine.dialect.name == "sqlite":
        return 0
    with db.engine.connect() as connection:
        parts = list(plan_nodes(connection, query.statement, query.values))
    return max((rows for kind, name, rows in parts if "Scan" in kind and table in (None, name)), default=0)


def explain_query(query: CapturedQuery, *, no_scan: bool = False) -> str:
    """Return the query plan; `no_scan` forbids sequential scans on PostgreSQL, as in a much larger table."""
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    with db.engine.connect() as connection:
        if no_scan and explain == "EXPLAIN":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        rows = connection.exec_driver_sql(f"{explain} {query.statement}", query.values)
        return "\n".join(str(row[-1]) for row in rows)
