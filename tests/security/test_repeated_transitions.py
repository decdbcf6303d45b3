"""Every transition is made once: not from an outdated version, and by one of two concurrent requests."""

from collections.abc import Callable, Iterator
from types import ModuleType

from flask import Flask
from sqlalchemy import Connection, Table, func, literal, select, union_all

from app.admin.base import PortalView
from app.extensions import Model, db
from tests.support.client import PortalClient, end_transaction
from tests.support.concurrency import run_concurrently
from tests.support.transition_examples import TYPED_TEXT, TransitionExample, build_transition_examples

AsUser = Callable[[str], PortalClient]
REFUSED_STATUSES = {403, 404, 409}
"""Answers to the slower of two requests; the record may be hidden from its user by then."""


def table_versions() -> list[tuple[object, ...]]:
    """Return the number of rows and the sum of versions of each table, except for the audit log."""

    def count_query(table: Table) -> object:
        versions = func.coalesce(func.sum(table.c.version), 0) if "version" in table.c else literal(0)
        return select(literal(table.name), func.count(), versions).select_from(table)

    tables = [one for one in Model.metadata.sorted_tables if one.name != "audit_entry"]
    end_transaction()
    with db.engine.connect() as connection:
        assert isinstance(connection, Connection)
        return [tuple(row) for row in connection.execute(union_all(*map(count_query, tables)))]


def transition_routes(app: Flask) -> dict[str, str]:
    """Return the base URL of each transition, by room and name."""
    views = [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    return {
        f"{view.room}.{transition.name}": view.route_base for view in views for transition in view.transitions
    }


def test_every_transition_is_made_once_and_only_from_a_current_version(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    rows, known = build_transition_examples(make), transition_routes(app)
    assert rows.keys() == known.keys(), "give each transition a row in tests/support/transition_examples.py"
    targets = [
        (name, f"{known[name]}/{row.record.id}/{name.partition('.')[2]}", row, row.record.version)
        for name, row in rows.items()
    ]
    # Accounts last: a deactivated user, or one with a new password, makes no more transitions.
    targets.sort(key=lambda one: one[0].startswith("users."))
    clients = {row.username: (as_user(row.username), as_user(row.username)) for row in rows.values()}
    wrong = [
        f"{name}: {what}"
        for name, address, row, version in targets
        for what in repeated_transition_faults(clients[row.username], address, row, version)
    ]
    assert wrong == []


def repeated_transition_faults(
    clients: tuple[PortalClient, PortalClient], address: str, row: TransitionExample, version: int
) -> Iterator[str]:
    """Yield the faults of a request with an outdated version and of two concurrent requests."""
    before = table_versions()
    late = clients[0].post(address, data=row.build_data(version - 1))
    if late.status_code != 409 or table_versions() != before:
        yield f"from an old form: {late.status_code}"
    if TYPED_TEXT in row.fields.values() and TYPED_TEXT not in late.text:
        yield "from an old form: what was typed is gone"

    def send(number: int) -> int:
        return clients[number].post(address, data=row.build_data(version)).status_code

    statuses = run_concurrently(2, send)
    done = [one for one in statuses if one in (200, 302)]
    if len(done) != 1 or not {*statuses} - {*done} <= REFUSED_STATUSES or table_versions() == before:
        yield f"two at once: {statuses}"
