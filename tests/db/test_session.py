"""The engine keeps the rules that saving many things at once depends on."""

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
    """A small application on SQLite, and how its transactions began."""
    app = Flask("small", instance_path=str(tmp_path))
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path}/small.sqlite"
    database.init_app(app)
    seen: list[str] = []

    @app.route("/", methods=["GET", "POST", "PUT", "DELETE"])
    def page() -> str:
        db.session.execute(text("SELECT 1"))
        return "page"

    @app.get("/noted")
    def noted() -> str:
        db.session.execute(text("SELECT 1"))
        with database.write_session() as session:
            session.execute(text("SELECT 1"))
        db.session.execute(text("SELECT 1"))
        return "page"

    with app.app_context():
        connection = db.engine.raw_connection()
        connection.driver_connection.set_trace_callback(seen.append)  # type: ignore[union-attr]
        connection.close()
    yield app, seen
    with app.app_context():
        db.engine.dispose()


def begin_statements(seen: list[str]) -> list[str]:
    return [statement for statement in seen if statement.startswith("BEGIN")]


@pytest.mark.parametrize(
    ("method", "beginning"),
    [("GET", "BEGIN"), ("HEAD", "BEGIN"), ("POST", "BEGIN IMMEDIATE"), ("DELETE", "BEGIN IMMEDIATE")],
)
def test_only_a_request_that_may_write_takes_the_write_lock(
    traced_app: tuple[Flask, list[str]], method: str, beginning: str
) -> None:
    app, seen = traced_app

    app.test_client().open("/", method=method)

    assert begin_statements(seen) == [beginning]


def test_a_command_takes_the_write_lock(traced_app: tuple[Flask, list[str]]) -> None:
    app, seen = traced_app

    with app.app_context():
        db.session.execute(text("SELECT 1"))
        db.session.rollback()

    assert begin_statements(seen) == ["BEGIN IMMEDIATE"]


def test_a_reading_request_may_write_in_a_short_transaction_of_its_own(
    traced_app: tuple[Flask, list[str]],
) -> None:
    app, seen = traced_app

    app.test_client().get("/noted")

    assert begin_statements(seen) == ["BEGIN", "BEGIN IMMEDIATE", "BEGIN"]


@pytest.mark.parametrize("portal_instance", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("method", "status"), [("GET", "IDLE"), ("HEAD", "IDLE"), ("POST", "INTRANS")])
def test_on_postgresql_a_request_that_only_reads_takes_no_transaction(
    app: Flask, method: str, status: str
) -> None:
    with app.test_request_context("/", method=method):
        assert _transaction_status(db.session()) == status
        with database.write_session() as session:
            assert _transaction_status(session) == "INTRANS"
        assert _transaction_status(db.session()) == status
    with app.app_context():
        assert _transaction_status(db.session()) == "INTRANS", "the same connection, lent to a command"


def _transaction_status(session: Any) -> str:
    session.execute(text("SELECT 1"))
    status: str = session.connection().connection.driver_connection.info.transaction_status.name
    return status


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_request_that_only_reads_changes_nothing(app: Flask, method: str) -> None:
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
    app, _seen = traced_app
    with app.app_context():
        assert db.session.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_too_old_sqlite_is_reported_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
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

    answers = run_concurrently(20, action)

    assert answers == [None] * 20
    assert db.session.scalars(select(NumberSeries.last).filter_by(kind="counter")).one() == 20


def test_refresh_with_another_version_raises_stale_data_error(app: Flask, make: ModuleType) -> None:
    source, admin = make.funding_source(), make.get_user("admin")
    with pytest.raises(StaleDataError), transaction(by=admin, expected_version=(source, source.version - 1)):
        db.session.refresh(source)
    with transaction(by=admin, expected_version=(source, source.version)):
        update(source, {"note": "Sendiri"}, by=admin)
        db.session.refresh(source)  # what was saved here is no surprise
    assert source.note == "Sendiri"


def test_postgresql_plans_for_pages_of_a_few_rows(app: Flask) -> None:
    """Its own settings are for disks with an arm, and for questions that take minutes."""
    if db.engine.dialect.name == "postgresql":
        wanted = {"random_page_cost": "1.1", "jit": "off", "plan_cache_mode": "force_custom_plan"}
        assert {name: db.session.scalar(text(f"SHOW {name}")) for name in wanted} == wanted
