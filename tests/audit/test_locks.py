"""Whoever holds a user's row does not hold up the book, which refers to it: that would end in a deadlock."""

from types import SimpleNamespace

from flask import Flask
from sqlalchemy import text

from app.audit.services import audit_book
from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.extensions import db
from app.security.services import lockout
from tests.support.concurrency import run_concurrently


def test_a_log_in_under_way_does_not_hold_up_the_users_own_entries(
    app: Flask, people: SimpleNamespace
) -> None:
    if db.engine.dialect.name == "sqlite":
        return  # has one writer at a time, whatever he does
    key = people.rina.id
    with transaction(by=SYSTEM) as session:
        lockout.record_login_attempt("rina", key, None, "network", is_correct=False)
        session.flush()
        with db.engine.begin() as other:
            other.execute(text("SET LOCAL lock_timeout = '3s'"))
            held = text("SELECT id FROM ab_user WHERE id = :key FOR KEY SHARE")
            assert other.scalar(held, {"key": key}) == key


def test_wrong_passwords_and_entries_at_the_same_moment_all_end_well(
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
