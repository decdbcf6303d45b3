"""The books refuse every change in the database itself, but the law's erasure."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.audit import services
from app.core import ddl
from app.core.clock import now
from app.extensions import db

ERASE = "UPDATE audit_entry SET changes = NULL, salt = NULL, erased_at = :now WHERE id = 2"
"""Line 1 is the seal, which nobody may erase."""


@pytest.fixture
def book(app: Flask) -> None:
    """Two lines of the audit book."""
    for key in (1, 2):
        services.log("view", "client", key, by=None)


def send(statement: str, **values: object) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(statement), values)


def moment() -> object:
    """Now, as each driver takes it in plain SQL."""
    return str(now().replace(tzinfo=None)) if db.engine.dialect.name == "sqlite" else now()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entry WHERE id = 1",
        "DELETE FROM audit_entry",
        "UPDATE audit_entry SET entity = 'partner' WHERE id = 1",
        "UPDATE audit_entry SET changes = '{}' WHERE id = 1",
        "UPDATE audit_entry SET changes = NULL WHERE id = 1",
        "UPDATE audit_entry SET changes = NULL, salt = NULL WHERE id = 1",
        "UPDATE audit_entry SET erased_at = at WHERE id = 1",
        "UPDATE audit_entry SET changes = NULL, salt = NULL, erased_at = at, ip = '::1' WHERE id = 1",
        "UPDATE audit_entry SET id = 7 WHERE id = 1",
    ],
)
def test_a_line_of_the_book_cannot_be_changed(book: None, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        send(statement)

    assert services.verify_chain() is None


def test_the_book_cannot_be_emptied_at_once(book: None) -> None:
    statement = "DELETE FROM" if db.engine.dialect.name == "sqlite" else "TRUNCATE"
    with pytest.raises(DBAPIError, match="append-only"):
        send(f"{statement} audit_entry")


def test_a_line_cannot_be_replaced(book: None) -> None:
    verb = "INSERT OR REPLACE" if db.engine.dialect.name == "sqlite" else "INSERT"
    columns = "at, actor_id, action, entity, changes, salt, changes_hash, hash, prev_hash"
    same = f"{verb} INTO audit_entry (id, {columns}) SELECT 1, {columns} FROM audit_entry WHERE id = 2"
    fork = f"{verb} INTO audit_entry (id, {columns}) SELECT 9999, {columns} FROM audit_entry WHERE id = 2"
    for statement in (same, fork):
        with pytest.raises(DBAPIError):
            send(statement)

    assert services.verify_chain() is None


def test_the_law_may_erase_what_a_line_says_and_the_chain_stays_whole(book: None) -> None:
    send(ERASE, now=moment())

    assert services.verify_chain() is None
    line = db.session.execute(text("SELECT changes, salt FROM audit_entry WHERE id = 2")).one()
    assert line == (None, None)


def test_what_is_erased_is_erased_once(book: None) -> None:
    send(ERASE, now=moment())

    with pytest.raises(DBAPIError, match="append-only"):
        send(ERASE, now=moment())


def test_a_dropped_trigger_is_missed_and_made_again(app: Flask) -> None:
    place = "" if db.engine.dialect.name == "sqlite" else " ON audit_entry"
    with db.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER audit_entry_no_delete{place}"))
        assert [str(piece) for piece in ddl.missing(connection)] == ["trigger audit_entry_no_delete"]

        ddl.recreate_all(connection)

        assert ddl.missing(connection) == []


def test_a_table_that_a_migration_has_yet_to_change_is_left_alone(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME COLUMN ip TO address"))
        try:
            ddl.recreate_all(connection)
            assert {piece.table for piece in ddl.missing(connection)} == {"audit_entry"}
        finally:
            connection.rollback()


def test_every_searchable_table_has_its_index(app: Flask) -> None:
    with db.engine.connect() as connection:
        indexed = {piece.table for piece in ddl.present(connection) if piece.kind in ("table", "index")}

    assert {"client", "household", "partner"} <= indexed
