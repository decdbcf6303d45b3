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

from app.core.search import NEWEST
from app.core.views import PortalView
from app.extensions import Model, db
from tests.support.client import PortalClient

LARGE = 5_000
"""From so many rows on a table is large: nothing may read all of it."""
ROWS = 4_000
"""Rows that a part of a page may read: as far as one can page, the thousand that are counted."""
STEPS = 400
"""Thousands of steps of one statement: 2,500 rows paged past, each asked whether its reader may see it."""
STEPS_AMONG_NEWEST = 420
"""The same where one or two letters are looked for among the newest of two tables: a referral by its own
words and by those of its client (`/referrals/list/?q=si` with a filter by day: 409). Most of it goes through
these 20,000 rows; that a restricted client is found by its public words alone has added 13."""
SORTED = 100
"""Thousands of steps of a statement that sorts what it has not gathered before."""
IN_MEMORY = 10
"""What was read once and is kept may be gone through so many times more often: it costs no table anything."""
SHORT = 3
ANSWERS = (200, 302, 401, 403, 404, 409)


@dataclass
class Asked:
    """A statement, its values, and what it took of SQLite's machine."""

    statement: str
    values: Any
    steps: int = 0

    @property
    def gathers(self) -> bool:
        return "FROM (SELECT" in self.statement and "LIMIT" in self.statement

    @property
    def may_read(self) -> int:
        """Rows that a part of it may read: one or two letters are looked for among the newest."""
        return NEWEST if self._is_among_newest else ROWS

    @property
    def may_step(self) -> int:
        """Thousands of steps that it may take on SQLite."""
        return STEPS_AMONG_NEWEST if self._is_among_newest else STEPS

    @property
    def _is_among_newest(self) -> bool:
        values = self.values.values() if isinstance(self.values, dict) else self.values or ()
        return NEWEST in values


def look_over() -> None:
    """What a database that runs for a while does by itself: know its tables, and which pages are all seen."""
    db.session.rollback()
    look = "ANALYZE" if db.engine.dialect.name == "sqlite" else "VACUUM ANALYZE"
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(look))


@contextmanager
def asked() -> Iterator[list[Asked]]:
    """Collect the questions of the block."""
    sent: list[Asked] = []

    def note(connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        question = Asked(statement, values)
        if statement.startswith(("SELECT", "WITH")):
            sent.append(question)
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.set_progress_handler(lambda: _tick(question), 1_000)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _tick(question: Asked) -> int:
    question.steps += 1
    return 0


class Judge:
    """Asks for pages and says what is wrong with their plans; the same question is judged once."""

    def __init__(self) -> None:
        tables = Model.metadata.sorted_tables
        sizes = {t.name: db.session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}
        db.session.rollback()
        self.large = {name for name, size in sizes.items() if size >= LARGE}
        self._known: dict[Any, list[str]] = {}

    def faults(self, client: PortalClient, address: str, *, drawn: bool = True) -> list[str]:
        """What is wrong there; `drawn`: with all that a template asks for."""
        undrawn = mock.patch.object(PortalView, "render_template", return_value="")
        with nullcontext() if drawn else undrawn, asked() as sent:
            answer = client.get(address, checked=False)
        assert answer.status_code in ANSWERS, f"{answer.status} {address}"
        with db.engine.connect() as connection:
            return [fault for one in sent for fault in self._of(connection, one, _is_narrowed(address))]

    def _of(self, connection: Connection, one: Asked, narrowed: bool) -> list[str]:
        if connection.dialect.name == "sqlite":
            return list(self._on_sqlite(connection, one, narrowed))
        key = (one.statement, repr(one.values))
        if key not in self._known:
            self._known[key] = list(self._on_postgresql(connection, one))
        return self._known[key]

    def _on_sqlite(self, connection: Connection, one: Asked, narrowed: bool) -> Iterator[str]:
        if one.steps > one.may_step:
            yield f"{one.steps} thousand steps: {one.statement}"
        plan = self._known.get(one.statement)
        if plan is None:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.statement}", one.values)
            plan = self._known[one.statement] = [row[-1] for row in rows]
        scanned = {_table_of(line) for line in plan} & self.large
        if scanned and ("LIMIT" not in one.statement or (narrowed and one.gathers)):
            yield f"scans {', '.join(scanned)}: {one.statement}"
        if "USE TEMP B-TREE FOR ORDER BY" in plan and one.steps > SORTED and not one.gathers:
            yield f"sorts: {one.statement}"

    def _on_postgresql(self, connection: Connection, one: Asked) -> Iterator[str]:
        for kind, name, rows in nodes(connection, one.statement, one.values):
            most = one.may_read * (IN_MEMORY if kind == "Materialize" else 1)
            if rows > most and (name in self.large or kind in ("Sort", "Hash", "Materialize")):
                yield f"{kind} {name} of {rows:.0f} rows: {one.statement}"


def _is_narrowed(address: str) -> bool:
    """Whether the page asks for some of the rows, in words that an index knows."""
    q = re.search(r"[?&]q=([^&]*)", address)
    if q is not None:
        return len(q.group(1)) >= SHORT
    return "_flt_" in address or "show=" in address


def _table_of(line: str) -> str:
    found = re.match(r"SCAN (\w+?)(_\d+)?( USING .*INDEX.*)?$", line)
    return found.group(1) if found else ""


def nodes(connection: Connection, statement: str, values: Any) -> Iterator[tuple[str, str, float]]:
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


def rows_read(one: Asked, table: str | None = None) -> float:
    """How many rows of the table the statement has read at most in one part; on SQLite nobody counts them."""
    if db.engine.dialect.name == "sqlite":
        return 0
    with db.engine.connect() as connection:
        parts = list(nodes(connection, one.statement, one.values))
    return max((rows for kind, name, rows in parts if "Scan" in kind and table in (None, name)), default=0)


def plan_of(one: Asked, *, no_scan: bool = False) -> str:
    """How the database finds the rows; `no_scan`: how it would in a table far larger than this one."""
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    with db.engine.connect() as connection:
        if no_scan and explain == "EXPLAIN":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        rows = connection.exec_driver_sql(f"{explain} {one.statement}", one.values)
        return "\n".join(str(row[-1]) for row in rows)
