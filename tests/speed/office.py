"""An office with many clients, and what its pages ask of the database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import event

from app import synthetic
from app.cli.portal import prepare
from app.core.views import PortalView
from app.extensions import db
from config import Settings
from tests.support import databases, portal
from tests.support.client import PortalClient

QUERIES = ("siti", "wa ode", "siti nur", "zzzz", "6474011234567890", "LK3/2020/0012")
"""A common part of a name, a rare one, two words, none, a whole NIK, a case number."""


@contextmanager
def office(dialect: str, clients: int, folder: Path) -> Iterator[Flask]:
    """The portal of an invented office, with the standing cast in it."""
    name = f"office_{folder.name}_{clients}".replace("-", "_").lower()
    database = databases.make_blank(dialect, folder, name)
    settings = Settings(
        instance=folder, database=database, secret_key="x" * 40, upload_dir=folder / "uploads", testing=True
    )
    app = portal.make_app(settings)
    try:
        with app.app_context():
            prepare(app)
            portal.hire_cast()
            synthetic.synthesize(clients, seed=1)
            yield app
            db.session.remove()
            db.engine.dispose()
    finally:
        databases.drop_blank(dialect, name)


def entered(app: Flask, username: str) -> PortalClient:
    """A client that is logged in there."""
    return portal.logged_in(SimpleNamespace(app=app, cookies={}), username)  # type: ignore[arg-type]


def addresses(app: Flask) -> Iterator[str]:
    """Every list in every order, with every filter's first choice and with searches; every type-ahead."""
    yield "/"
    for q in QUERIES:
        yield f"/api/v1/search?{urlencode({'q': q})}"
    for view in app.appbuilder.baseviews:  # type: ignore[attr-defined]
        if isinstance(view, PortalView):
            yield from _of_room(view)


def _of_room(view: PortalView) -> Iterator[str]:
    name, room = type(view).__name__, f"{view.route_base}/list/"
    yield room
    yield f"{room}?{urlencode({f'page_{name}': 7})}"
    yield f"{room}?{urlencode({f'page_{name}': 99_999})}"
    for column in view.order_columns:
        for direction in ("asc", "desc"):
            yield f"{room}?{urlencode({f'_oc_{name}': column, f'_od_{name}': direction})}"
    for q in QUERIES if view.quick_search else ():
        yield f"{room}?{urlencode({'q': q})}"
    for q in ("", *QUERIES):
        yield f"/api/v1/options{view.route_base}?{urlencode({'q': q})}"


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Collect the questions of the block with their values."""
    sent: list[tuple[str, Any]] = []

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

    def of(self, client: PortalClient, address: str) -> int:
        """How many thousands the page took."""
        before = self.taken
        answer = client.get(address)
        assert answer.status_code in (200, 403, 404), f"{answer.status} {address}"
        return self.taken - before


def heavy_nodes(connection: Any, statement: str, values: Any, most: int) -> Iterator[str]:
    """Name the parts of PostgreSQL's plan that read or sort more than so many rows."""
    explain = f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, FORMAT JSON) {statement}"
    answer = connection.exec_driver_sql(explain, values).scalar()
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    todo = [plan]
    while todo:
        node = todo.pop()
        todo += node.get("Plans", [])
        read = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        if node["Node Type"] in ("Seq Scan", "Sort", "Index Scan", "Index Only Scan") and read > most:
            yield f"{node['Node Type']} {node.get('Relation Name', '')} of {read:.0f} rows"
