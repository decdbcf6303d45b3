"""What the pages of a large office cost its database: in plans, rows and steps, never in seconds.

PostgreSQL says how many rows each part of a plan has read. SQLite says its plan only, but its machine can be
counted: a thousand steps are some two hundred rows looked at.
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
"""From so many rows on a table is large: nothing may read all of it."""
MAX_ROWS = 4_000
"""Rows that a part of a page may read: as far as one can page, the thousand that are counted."""
MAX_STEPS = 400
"""Thousands of steps of one statement: 2,500 rows paged past, each asked whether its reader may see it."""
MAX_STEPS_AMONG_NEWEST = 420
"""The same where one or two letters are looked for among the newest of two tables: a referral by its own
words and by those of its client (`/referrals/list/?q=si` with a filter by day: 409). Most of it goes through
these 20,000 rows; that a restricted client is found by its public words alone has added 13."""
MAX_SORT_STEPS = 100
"""Thousands of steps of a statement that sorts what it has not gathered before."""
IN_MEMORY_FACTOR = 10
"""What was read once and is kept may be gone through so many times more often: it costs no table anything."""
MIN_INDEXED_LENGTH = 3
EXPECTED_STATUSES = (200, 302, 401, 403, 404, 409)


@dataclass
class CapturedQuery:
    """A statement, its values, and what it took of SQLite's machine."""

    statement: str
    values: Any
    steps: int = 0

    @property
    def limits_subquery(self) -> bool:
        return "FROM (SELECT" in self.statement and "LIMIT" in self.statement

    @property
    def max_rows(self) -> int:
        """Rows that a part of it may read: one or two letters are looked for among the newest."""
        return UNINDEXED_SEARCH_LIMIT if self._is_among_newest else MAX_ROWS

    @property
    def max_steps(self) -> int:
        """Thousands of steps that it may take on SQLite."""
        return MAX_STEPS_AMONG_NEWEST if self._is_among_newest else MAX_STEPS

    @property
    def _is_among_newest(self) -> bool:
        values = self.values.values() if isinstance(self.values, dict) else self.values or ()
        return UNINDEXED_SEARCH_LIMIT in values


def analyze_database() -> None:
    """What a database that runs for a while does by itself: know its tables, and which pages are all seen."""
    db.session.rollback()
    look = "ANALYZE" if db.engine.dialect.name == "sqlite" else "VACUUM ANALYZE"
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(look))


@contextmanager
def capture_queries() -> Iterator[list[CapturedQuery]]:
    """Collect the questions of the block."""
    sent: list[CapturedQuery] = []

    def note(connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        question = CapturedQuery(statement, values)
        if statement.startswith(("SELECT", "WITH")):
            sent.append(question)
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.set_progress_handler(lambda: _count_step(question), 1_000)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _count_step(question: CapturedQuery) -> int:
    question.steps += 1
    return 0


class PlanChecker:
    """Asks for pages and says what is wrong with their plans; the same question is judged once."""

    def __init__(self) -> None:
        tables = Model.metadata.sorted_tables
        sizes = {t.name: db.session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}
        db.session.rollback()
        self.large = {name for name, size in sizes.items() if size >= LARGE_TABLE_ROWS}
        self._checked: dict[Any, list[str]] = {}

    def find_faults(self, client: PortalClient, address: str, *, render: bool = True) -> list[str]:
        """What is wrong there; `drawn`: with all that a template asks for."""
        undrawn = mock.patch.object(PortalView, "render_template", return_value="")
        with nullcontext() if render else undrawn, capture_queries() as sent:
            answer = client.get(address, check_html=False)
        assert answer.status_code in EXPECTED_STATUSES, f"{answer.status} {address}"
        with db.engine.connect() as connection:
            return [
                fault
                for one in sent
                for fault in self._statement_faults(connection, one, _is_narrowed(address))
            ]

    def _statement_faults(self, connection: Connection, one: CapturedQuery, narrowed: bool) -> list[str]:
        if connection.dialect.name == "sqlite":
            return list(self._sqlite_faults(connection, one, narrowed))
        key = (one.statement, repr(one.values))
        if key not in self._checked:
            self._checked[key] = list(self._postgresql_faults(connection, one))
        return self._checked[key]

    def _sqlite_faults(self, connection: Connection, one: CapturedQuery, narrowed: bool) -> Iterator[str]:
        if one.steps > one.max_steps:
            yield f"{one.steps} thousand steps: {one.statement}"
        plan = self._checked.get(one.statement)
        if plan is None:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.statement}", one.values)
            plan = self._checked[one.statement] = [row[-1] for row in rows]
        scanned = {_table_of(line) for line in plan} & self.large
        if scanned and ("LIMIT" not in one.statement or (narrowed and one.limits_subquery)):
            yield f"scans {', '.join(scanned)}: {one.statement}"
        if "USE TEMP B-TREE FOR ORDER BY" in plan and one.steps > MAX_SORT_STEPS and not one.limits_subquery:
            yield f"sorts: {one.statement}"

    def _postgresql_faults(self, connection: Connection, one: CapturedQuery) -> Iterator[str]:
        for kind, name, rows in plan_nodes(connection, one.statement, one.values):
            most = one.max_rows * (IN_MEMORY_FACTOR if kind == "Materialize" else 1)
            if rows > most and (name in self.large or kind in ("Sort", "Hash", "Materialize")):
                yield f"{kind} {name} of {rows:.0f} rows: {one.statement}"


def _is_narrowed(address: str) -> bool:
    """Whether the page asks for some of the rows, in words that an index knows."""
    q = re.search(r"[?&]q=([^&]*)", address)
    if q is not None:
        return len(q.group(1)) >= MIN_INDEXED_LENGTH
    return "_flt_" in address or "show=" in address


def _table_of(line: str) -> str:
    found = re.match(r"SCAN (\w+?)(_\d+)?( USING .*INDEX.*)?$", line)
    return found.group(1) if found else ""


def plan_nodes(connection: Connection, statement: str, values: Any) -> Iterator[tuple[str, str, float]]:
    """Every part of PostgreSQL's plan: what it does, to which table or index, how many rows it read."""
    explain = f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, FORMAT JSON) {statement}"
    answer = connection.exec_driver_sql(explain, values).scalar()
    todo = [(json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]]
    while todo:
        node = todo.pop()
        todo += node.get("Plans", [])
        removed = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        touched = (node["Actual Rows"] + removed) * node["Actual Loops"]
        yield node["Node Type"], node.get("Relation Name", node.get("Index Name", "")), touched


def max_rows_read(one: CapturedQuery, table: str | None = None) -> float:
    """How many rows of the table the statement has read at most in one part; on SQLite nobody counts them."""
    if db.engine.dialect.name == "sqlite":
        return 0
    with db.engine.connect() as connection:
        parts = list(plan_nodes(connection, one.statement, one.values))
    return max((rows for kind, name, rows in parts if "Scan" in kind and table in (None, name)), default=0)


def explain_query(one: CapturedQuery, *, no_scan: bool = False) -> str:
    """How the database finds the rows; `no_scan`: how it would in a table far larger than this one."""
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    with db.engine.connect() as connection:
        if no_scan and explain == "EXPLAIN":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        rows = connection.exec_driver_sql(f"{explain} {one.statement}", one.values)
        return "\n".join(str(row[-1]) for row in rows)
