"""`find_broken_entry` returns the first entry that was tampered with, even if its triggers were dropped."""

import pytest
from flask import Flask
from sqlalchemy import text

from app.audit.services import audit_book
from app.db import triggers
from app.extensions import db


@pytest.fixture
def unprotected_lines(app: Flask) -> None:
    """Five audit entries, without the triggers that protect them."""
    for key in range(1, 6):
        audit_book.log_access("view", "client", key, by=None)
    place = "" if db.engine.dialect.name == "sqlite" else " ON audit_entry"
    with db.engine.begin() as connection:
        for piece in triggers.list_present_objects(connection):
            if piece.table == "audit_entry":
                connection.execute(text(f"DROP TRIGGER {piece.name}{place}"))


@pytest.fixture(autouse=True)
def restored_triggers(app: Flask) -> object:
    yield
    db.session.rollback()
    with db.engine.begin() as connection:
        triggers.recreate_all(connection)


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("SELECT 1", None),
        ("UPDATE audit_entry SET entity_id = 9 WHERE id = 3", 3),
        ("UPDATE audit_entry SET actor_name = 'Sari' WHERE id = 1", 1),
        ("UPDATE audit_entry SET changes = '{\"a\": 1}' WHERE id = 4", 4),
        ("UPDATE audit_entry SET changes = NULL, salt = NULL WHERE id = 4", 4),
        ("UPDATE audit_entry SET ip = '::1' WHERE id = 5", 5),
        ("DELETE FROM audit_entry WHERE id = 2", 3),
        ("DELETE FROM audit_entry WHERE id = 1", 2),
    ],
)
def test_tampering_is_found(unprotected_lines: None, tampering: str, broken: int | None) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(tampering))

    assert audit_book.find_broken_entry() == broken
