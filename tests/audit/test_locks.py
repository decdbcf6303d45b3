"""Log-in attempts and audit entries of one user do not wait for each other's locks, which would deadlock."""

from types import SimpleNamespace

from flask import Flask
from sqlalchemy import text

from app.audit.services import audit_book
from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.extensions import db
from app.security.services import lockout
from tests.support.concurrency import run_concurrently


def test_log_in_attempt_does_not_block_audit_entries_of_the_user(app: Flask, people: SimpleNamespace) -> None:
    if db.engine.dialect.name == "sqlite":
        return  # SQLite has one writer at a time anyway
    key = people.rina.id
    with transaction(by=SYSTEM) as session:
        lockout.record_login_attempt("rina", key, None, "network", is_correct=False)
        session.flush()
        with db.engine.begin() as other:
            other.execute(text("SET LOCAL lock_timeout = '3s'"))
            lock_query = text("SELECT id FROM ab_user WHERE id = :key FOR KEY SHARE")
            assert other.scalar(lock_query, {"key": key}) == key


def test_concurrent_wrong_passwords_and_audit_entries_do_not_fail(
    app: Flask, people: SimpleNamespace
) -> None:
    key = people.rina.id
    rina = SimpleNamespace(actor_id=key, full_name="Rina Kusuma", role_names=frozenset({"Peksos"}))

    def action(number: int) -> None:
        if number % 2:
            audit_book.log_access("view", "client", number, by=rina)
        else:
            with transaction(by=SYSTEM):
                lockout.record_login_attempt("rina", key, None, "network", is_correct=False)

    assert run_concurrently(20, action) == [None] * 20
    assert audit_book.find_broken_entry() is None
