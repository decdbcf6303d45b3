"""Every move of every room: from a form that is too old, and by two at the same moment."""

from collections.abc import Callable, Iterator
from types import ModuleType

from flask import Flask
from sqlalchemy import Connection, Table, func, literal, select, union_all

from app.core.views import PortalView
from app.extensions import Model, db
from tests.support.client import PortalClient, end_transaction
from tests.support.moves import WORDS, Ready, ready
from tests.support.together import run_together

LogIn = Callable[[str], PortalClient]
REFUSED = {403, 404, 409}
"""Somebody was faster, or it is out of his sight by now."""


def state_of_everything() -> list[tuple[object, ...]]:
    """How many rows each table has and how often they were changed; who looked is no change."""

    def counted(table: Table) -> object:
        versions = func.coalesce(func.sum(table.c.version), 0) if "version" in table.c else literal(0)
        return select(literal(table.name), func.count(), versions).select_from(table)

    tables = [one for one in Model.metadata.sorted_tables if one.name != "audit_entry"]
    end_transaction()
    with db.engine.connect() as connection:
        assert isinstance(connection, Connection)
        return [tuple(row) for row in connection.execute(union_all(*map(counted, tables)))]


def moves_of(app: Flask) -> dict[str, str]:
    """The address of each move, by room and name."""
    views = [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    return {f"{view.room}.{move.name}": view.route_base for view in views for move in view.moves}


def test_every_move_is_made_once_and_only_by_who_saw_how_things_stand(
    app: Flask, make: ModuleType, as_user: LogIn
) -> None:
    rows, known = ready(make), moves_of(app)
    assert rows.keys() == known.keys(), "each move needs a record that stands ready for it"
    asked = [
        (name, f"{known[name]}/{row.item.id}/{name.partition('.')[2]}", row, row.item.version)
        for name, row in rows.items()
    ]
    # Last the accounts: whoever is closed or gets a new password makes no more moves.
    asked.sort(key=lambda one: one[0].startswith("users."))
    clients = {row.who: (as_user(row.who), as_user(row.who)) for row in rows.values()}
    wrong = [
        f"{name}: {what}"
        for name, address, row, version in asked
        for what in sent_late_and_twice(clients[row.who], address, row, version)
    ]
    assert wrong == []


def sent_late_and_twice(
    clients: tuple[PortalClient, PortalClient], address: str, row: Ready, version: int
) -> Iterator[str]:
    """What is wrong about the answers."""
    before = state_of_everything()
    late = clients[0].post(address, data=row.data(version - 1))
    if late.status_code != 409 or state_of_everything() != before:
        yield f"from an old form: {late.status_code}"
    if WORDS in row.fields.values() and WORDS not in late.text:
        yield "from an old form: what was typed is gone"

    def press(number: int) -> int:
        return clients[number].post(address, data=row.data(version)).status_code

    pressed = run_together(2, press)
    done = [one for one in pressed if one in (200, 302)]
    if len(done) != 1 or not {*pressed} - {*done} <= REFUSED or state_of_everything() == before:
        yield f"two at once: {pressed}"
