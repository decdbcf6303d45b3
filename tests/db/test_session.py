"""Transactions and settings of the engine on which concurrent saves depend."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm.exc import StaleDataError

from app.core.actor import SYSTEM
from app.core.errors import StartupError
from app.db import session as database
from app.db.number_series import NumberSeries
from app.db.records import update
from app.db.transaction import transaction
from app.extensions import db
from tests.support.concurrency import run_concurrently


@pytest.fixture
def traced_app(tmp_path: Path) -> Iterator[tuple[Flask, list[str]]]:
    """A minimal application on SQLite, and the statements that it executes."""
    app = Flask("small", instance_path=str(tmp_path))
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path}/small.sqlite"
    database.init_app(app)
    statements: list[str] = []

    @app.route("/", methods=["GET", "POST", "PUT", "DELETE"])
    def page() -> str:
        db.session.execute(text("SELECT 1"))
        return "page"

    @app.get("/noted")
    def page_with_write() -> str:
        db.session.execute(text("SELECT 1"))
        with database.write_session() as session:
            session.execute(text("SELECT 1"))
        db.session.execute(text("SELECT 1"))
        return "page"

    with app.app_context():
        connection = db.engine.raw_connection()
        connection.driver_connection.set_trace_callback(statements.append)  # type: ignore[union-attr]
        connection.close()
    yield app, statements
    with app.app_context():
        db.engine.dispose()


def begin_statements(statements: list[str]) -> list[str]:
    return [statement for statement in statements if statement.startswith("BEGIN")]


@pytest.mark.parametrize(
    ("method", "beginning"),
    [("GET", "BEGIN"), ("HEAD", "BEGIN"), ("POST", "BEGIN IMMEDIATE"), ("DELETE", "BEGIN IMMEDIATE")],
)
def test_only_requests_that_may_write_take_the_write_lock(
    traced_app: tuple[Flask, list[str]], method: str, beginning: str
) -> None:
    app, statements = traced_app

    app.test_client().open("/", method=method)

    assert begin_statements(statements) == [beginning]


def test_command_takes_the_write_lock(traced_app: tuple[Flask, list[str]]) -> None:
    app, statements = traced_app

    with app.app_context():
        db.session.execute(text("SELECT 1"))
        db.session.rollback()

    assert begin_statements(statements) == ["BEGIN IMMEDIATE"]


def test_read_request_may_write_in_a_separate_transaction(
    traced_app: tuple[Flask, list[str]],
) -> None:
    app, statements = traced_app

    app.test_client().get("/noted")

    assert begin_statements(statements) == ["BEGIN", "BEGIN IMMEDIATE", "BEGIN"]


@pytest.mark.parametrize("portal_instance", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("method", "status"), [("GET", "IDLE"), ("HEAD", "IDLE"), ("POST", "INTRANS")])
def test_read_request_uses_no_transaction_on_postgresql(app: Flask, method: str, status: str) -> None:
    with app.test_request_context("/", method=method):
        assert _transaction_status(db.session()) == status
        with database.write_session() as session:
            assert _transaction_status(session) == "INTRANS"
        assert _transaction_status(db.session()) == status
    with app.app_context():
        assert _transaction_status(db.session()) == "INTRANS", (
            "commands use transactions, also on this connection"
        )


def _transaction_status(session: Any) -> str:
    session.execute(text("SELECT 1"))
    status: str = session.connection().connection.driver_connection.info.transaction_status.name
    return status


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_read_request_cannot_open_a_write_transaction(app: Flask, method: str) -> None:
    with app.test_request_context("/", method=method), pytest.raises(RuntimeError), transaction(by=SYSTEM):
        raise AssertionError("it was let in")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("foreign_keys", 1),
        ("busy_timeout", 15000),
        ("synchronous", 2),
        ("recursive_triggers", 1),
    ],
)
def test_sqlite_pragmas_are_set(traced_app: tuple[Flask, list[str]], pragma: str, value: object) -> None:
    app, _statements = traced_app
    with app.app_context():
        assert db.session.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_too_old_sqlite_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 33, 0))

    with pytest.raises(StartupError, match=r"too old: Siaga needs 3\.34"):
        database.check_sqlite()


def test_concurrent_read_then_write_loses_no_update(app: Flask) -> None:
    with transaction(by=SYSTEM) as session:
        session.add(NumberSeries(kind="counter", year=1, last=0))

    def action(_number: int) -> None:
        with transaction(by=SYSTEM) as session:
            counter = session.scalars(select(NumberSeries).filter_by(kind="counter").with_for_update()).one()
            counter.last += 1

    results = run_concurrently(20, action)

    assert results == [None] * 20
    assert db.session.scalars(select(NumberSeries.last).filter_by(kind="counter")).one() == 20


def test_refresh_with_another_version_raises_stale_data_error(app: Flask, make: ModuleType) -> None:
    source, admin = make.funding_source(), make.get_user("admin")
    with pytest.raises(StaleDataError), transaction(by=admin, expected_version=(source, source.version - 1)):
        db.session.refresh(source)
    with transaction(by=admin, expected_version=(source, source.version)):
        update(source, {"note": "Sendiri"}, by=admin)
        db.session.refresh(source)  # an own update is no version conflict
    assert source.note == "Sendiri"


def test_postgresql_planner_settings_are_set(app: Flask) -> None:
    """PostgreSQL's defaults suit rotating disks and long queries."""
    if db.engine.dialect.name == "postgresql":
        expected = {"random_page_cost": "1.1", "jit": "off", "plan_cache_mode": "force_custom_plan"}
        assert {name: db.session.scalar(text(f"SHOW {name}")) for name in expected} == expected
