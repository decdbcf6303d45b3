"""The books refuse every change in the database itself, but the law's erasure."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.audit.services import audit_book
from app.core.clock import now
from app.db import triggers
from app.extensions import db

ERASE_STATEMENT = "UPDATE audit_entry SET changes = NULL, salt = NULL, erased_at = :now WHERE id = 2"
"""Line 1 is the seal, which nobody may erase."""


@pytest.fixture
def audit_lines(app: Flask) -> None:
    """Two lines of the audit book."""
    for key in (1, 2):
        audit_book.log_access("view", "client", key, by=None)


def execute(statement: str, **values: object) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(statement), values)


def sql_now() -> object:
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
def test_a_line_of_the_book_cannot_be_changed(audit_lines: None, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        execute(statement)

    assert audit_book.find_broken_entry() is None


def test_the_book_cannot_be_emptied_at_once(audit_lines: None) -> None:
    statement = "DELETE FROM" if db.engine.dialect.name == "sqlite" else "TRUNCATE"
    with pytest.raises(DBAPIError, match="append-only"):
        execute(f"{statement} audit_entry")


def test_a_line_cannot_be_replaced(audit_lines: None) -> None:
    verb = "INSERT OR REPLACE" if db.engine.dialect.name == "sqlite" else "INSERT"
    columns = "at, actor_id, action, entity, changes, salt, changes_hash, hash, prev_hash"
    same = f"{verb} INTO audit_entry (id, {columns}) SELECT 1, {columns} FROM audit_entry WHERE id = 2"
    fork = f"{verb} INTO audit_entry (id, {columns}) SELECT 9999, {columns} FROM audit_entry WHERE id = 2"
    for statement in (same, fork):
        with pytest.raises(DBAPIError):
            execute(statement)

    assert audit_book.find_broken_entry() is None


def test_erased_payload_keeps_the_chain_valid(audit_lines: None) -> None:
    execute(ERASE_STATEMENT, now=sql_now())

    assert audit_book.find_broken_entry() is None
    line = db.session.execute(text("SELECT changes, salt FROM audit_entry WHERE id = 2")).one()
    assert line == (None, None)


def test_line_is_erased_once(audit_lines: None) -> None:
    execute(ERASE_STATEMENT, now=sql_now())

    with pytest.raises(DBAPIError, match="append-only"):
        execute(ERASE_STATEMENT, now=sql_now())


def test_dropped_trigger_is_reported_and_recreated(app: Flask) -> None:
    place = "" if db.engine.dialect.name == "sqlite" else " ON audit_entry"
    with db.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER audit_entry_no_delete{place}"))
        assert [str(piece) for piece in triggers.list_missing_objects(connection)] == [
            "trigger audit_entry_no_delete"
        ]

        triggers.recreate_all(connection)

        assert triggers.list_missing_objects(connection) == []


def test_a_table_that_a_migration_has_yet_to_change_is_left_alone(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME COLUMN ip TO address"))
        try:
            triggers.recreate_all(connection)
            assert {piece.table for piece in triggers.list_missing_objects(connection)} == {"audit_entry"}
        finally:
            connection.rollback()


def test_every_searchable_table_has_its_index(app: Flask) -> None:
    with db.engine.connect() as connection:
        indexed = {
            piece.table
            for piece in triggers.list_present_objects(connection)
            if piece.kind in ("table", "index")
        }

    assert {"client", "household", "partner"} <= indexed
