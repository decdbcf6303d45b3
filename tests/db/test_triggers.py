"""Triggers refuse every change of the books, except the erasure that the law demands."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.audit.services import audit_book
from app.core.clock import now
from app.db import triggers
from app.extensions import db

ERASE_STATEMENT = "UPDATE audit_entry SET changes = NULL, salt = NULL, erased_at = :now WHERE id = 2"
"""Entry 1 is a seal, which cannot be erased."""


@pytest.fixture
def audit_entries(app: Flask) -> None:
    """Two entries of the audit book."""
    for key in (1, 2):
        audit_book.log_access("view", "client", key, by=None)


def execute(statement: str, **values: object) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(statement), values)


def sql_now() -> object:
    """Return the current time as each driver expects it in plain SQL."""
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
def test_audit_entry_cannot_be_changed(audit_entries: None, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        execute(statement)

    assert audit_book.find_broken_entry() is None


def test_audit_book_cannot_be_emptied(audit_entries: None) -> None:
    statement = "DELETE FROM" if db.engine.dialect.name == "sqlite" else "TRUNCATE"
    with pytest.raises(DBAPIError, match="append-only"):
        execute(f"{statement} audit_entry")


def test_audit_entry_cannot_be_replaced(audit_entries: None) -> None:
    insert = "INSERT OR REPLACE" if db.engine.dialect.name == "sqlite" else "INSERT"
    columns = "at, actor_id, action, entity, changes, salt, changes_hash, hash, prev_hash"
    same = f"{insert} INTO audit_entry (id, {columns}) SELECT 1, {columns} FROM audit_entry WHERE id = 2"
    fork = f"{insert} INTO audit_entry (id, {columns}) SELECT 9999, {columns} FROM audit_entry WHERE id = 2"
    for statement in (same, fork):
        with pytest.raises(DBAPIError):
            execute(statement)

    assert audit_book.find_broken_entry() is None


def test_erased_payload_keeps_the_chain_valid(audit_entries: None) -> None:
    execute(ERASE_STATEMENT, now=sql_now())

    assert audit_book.find_broken_entry() is None
    row = db.session.execute(text("SELECT changes, salt FROM audit_entry WHERE id = 2")).one()
    assert row == (None, None)


def test_audit_entry_is_erased_once(audit_entries: None) -> None:
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


def test_table_not_yet_migrated_is_skipped(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME COLUMN ip TO address"))
        try:
            triggers.recreate_all(connection)
            assert {piece.table for piece in triggers.list_missing_objects(connection)} == {"audit_entry"}
        finally:
            connection.rollback()


def test_searchable_tables_have_an_index(app: Flask) -> None:
    with db.engine.connect() as connection:
        indexed = {
            piece.table
            for piece in triggers.list_present_objects(connection)
            if piece.kind in ("table", "index")
        }

    assert {"client", "household", "partner"} <= indexed
