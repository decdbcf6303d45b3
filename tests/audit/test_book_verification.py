"""`siaga check` finds changes made by writing to the database without the key and the instance folder."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.audit.enums import EVIDENCE_ACTIONS, Action
from app.audit.models import AuditEntry
from app.audit.services import audit_book, heads
from app.audit.services.verification import AuditBookCheck
from app.cases.event_types import NOTE_ADDED
from app.cases.models.event import CaseEvent
from app.cases.services.events import HASHED_FIELDS as OF_EVENTS
from app.cases.services.events import record_event
from app.core import hash_chain
from app.core.actor import SYSTEM
from app.core.seals import get_book_key
from app.db.transaction import transaction
from app.extensions import db
from app.operations.book_checks import CaseBooksCheck
from app.operations.check import Note
from app.referrals.models.disclosure import ReferralDisclosure
from app.referrals.services.disclosures import verify_disclosures
from tests.operations.test_check import execute_without_triggers
from tests.support.books import list_faults, list_findings
from tests.support.referral_factories import sent_referral


@pytest.fixture(autouse=True)
def instance(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance folder for this test, since tests that run at the same time share the usual one."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    return tmp_path


@pytest.fixture
def case_id(make: ModuleType) -> int:
    """Id of a case with two events; there is another case."""
    make.note(case=make.case())
    case = make.case()
    make.note(case=case)
    return int(case.id)


def list_notes() -> list[str]:
    return [one for one in list_findings() if isinstance(one, Note)]


def last_entry_id() -> int:
    return int(db.session.scalar(select(func.max(AuditEntry.id))) or 0)


def delete_entries_after(after: int) -> None:
    execute_without_triggers(f"DELETE FROM audit_entry WHERE id > {after}")


def rewrite_chain(table: Any, chained: tuple[str, ...], where: Any, others: str) -> None:
    """Change the actor of the rows and recompute their hashes, as is possible without the key."""
    db.session.rollback()
    statements, prev_hash = [], None
    for row in db.session.execute(select(table).where(where).order_by(table.c.id)).mappings().all():
        prev_hash = prev_hash or row["prev_hash"]
        fields = {name: row[name] for name in chained} | {"actor_name": "Sari"}
        data_hash = row["changes_hash"] if "changes_hash" in row else row["data_hash"]
        row_hash = hash_chain.hash_row(prev_hash, fields, data_hash)
        changed = f"actor_name = 'Sari', prev_hash = '{prev_hash}', hash = '{row_hash}'{others}"
        statements.append(f"UPDATE {table.name} SET {changed} WHERE id = {row['id']}")
        prev_hash = row_hash
    execute_without_triggers(*statements)


FORGED_SEALS = {
    "the old seals": "",
    "no seals": ", seal = NULL, key_id = NULL",
    "the name of another key": ", key_id = 'another'",
}
each_forgery = pytest.mark.parametrize("others", FORGED_SEALS.values(), ids=FORGED_SEALS)


def test_untouched_books_have_no_fault(case_id: int) -> None:
    heads.save_head()
    assert list_findings() == []


def test_audit_without_its_newest_entries_is_found_by_the_saved_head(case_id: int) -> None:
    before = last_entry_id()
    audit_book.log_access("view", "client", 1, by=None)
    heads.save_head()
    assert list_faults() == []

    delete_entries_after(before)

    (fault,) = list_faults()
    assert f"the first is line {before + 1} of" in fault


def test_head_is_never_lowered_and_is_still_required_when_the_cut_book_has_grown(
    case_id: int, instance: Path
) -> None:
    heads.save_head()
    (file,) = instance.glob("heads-*")
    kept = file.read_text()
    delete_entries_after(last_entry_id() - 1)
    heads.save_head()
    assert file.read_text() == kept

    for key in (1, 2):
        audit_book.log_access("view", "client", key, by=None)
    heads.save_head()

    assert file.read_text().startswith(kept)
    assert len(file.read_text().splitlines()) == len(kept.splitlines()) + 1
    assert [fault for fault in list_faults() if "1 kept heads are not in the book" in fault]


@each_forgery
def test_audit_recomputed_from_an_entry_on_is_found(case_id: int, others: str) -> None:
    table = AuditEntry.__table__
    rewrite_chain(table, audit_book.CHAINED_COLUMNS, table.c.id > last_entry_id() - 3, others)

    assert audit_book.find_broken_entry() is None
    assert list_faults()


def test_seals_that_name_no_key_are_wrong(case_id: int) -> None:
    execute_without_triggers("UPDATE audit_entry SET key_id = NULL")
    assert any("the seal of entry" in fault for fault in list_faults())


def test_forged_line_of_another_key_is_not_accepted_as_proof(case_id: int, app: Flask) -> None:
    # Without the key one can still insert an entry that is sealed with another key and covers any events.
    cut = f"DELETE FROM case_event WHERE id = (SELECT max(id) FROM case_event WHERE case_id = {case_id})"
    execute_without_triggers(cut)
    own = app.config["BOOK_KEY"]
    app.config["BOOK_KEY"] = "invented by somebody else"
    with transaction(by=SYSTEM) as session:
        audit_book.seal_books(session, by=SYSTEM)
    app.config["BOOK_KEY"] = own

    assert [fault for fault in list_faults() if "is not sealed with the key that was in use" in fault]


def test_case_without_its_last_event_is_found(case_id: int) -> None:
    newest = f"(SELECT max(id) FROM case_event WHERE case_id = {case_id})"
    execute_without_triggers(f"DELETE FROM case_event WHERE id = {newest}")

    assert list_faults() == [f"case {case_id}: its last event is not the one that the audit vouches for"]


def test_case_without_any_event_is_found(case_id: int) -> None:
    execute_without_triggers(f"DELETE FROM case_event WHERE case_id = {case_id}")

    assert list_faults() == [f"case {case_id}: its events are gone"]


@each_forgery
def test_recomputed_case_book_is_found(case_id: int, others: str) -> None:
    rewrite_chain(CaseEvent.__table__, OF_EVENTS, CaseEvent.__table__.c.case_id == case_id, others)

    assert f"case {case_id}: its last event is not the one that the audit vouches for" in list_faults()


def test_event_whose_seal_alone_is_changed_is_found(case_id: int) -> None:
    first = db.session.scalar(select(func.min(CaseEvent.id)).filter_by(case_id=case_id))
    execute_without_triggers(f"UPDATE case_event SET seal = hash WHERE id = {first}")

    assert list_faults() == [f"case {case_id}: the seal of event {first} is wrong"]


def test_events_that_only_the_sealed_line_covers_are_found_when_cut(case_id: int) -> None:
    with transaction(by=SYSTEM) as session:
        audit_book.seal_books(session, by=SYSTEM)
    assert list_faults() == []
    newest = f"(SELECT max(id) FROM case_event WHERE case_id = {case_id})"
    execute_without_triggers(f"DELETE FROM case_event WHERE id = {newest}")

    (fault,) = list_faults()
    assert "are not those that were sealed" in fault


def test_books_that_were_never_sealed_are_found(case_id: int) -> None:
    execute_without_triggers("DELETE FROM audit_entry")

    assert "the books have never been sealed: run siaga init" in list_faults()


def erase_by_sql(table: str, where: str = "1 = 1") -> None:
    """Erase payloads by SQL, as the triggers permit."""
    payload = "changes" if table == "audit_entry" else "data"
    with db.engine.begin() as connection:
        values = f"{payload} = NULL, salt = NULL, erased_at = '2027-06-15 02:00:00.000000'"
        connection.execute(text(f"UPDATE {table} SET {values} WHERE {where}"))


def test_rows_erased_by_plain_sql_are_found(case_id: int) -> None:
    db.session.rollback()
    evidence = ", ".join(f"'{one.name}'" for one in EVIDENCE_ACTIONS)
    erase_by_sql("audit_entry", f"action NOT IN ({evidence})")
    erase_by_sql("case_event", f"case_id = {case_id}")

    found = list_faults()

    lines = select(func.count(AuditEntry.id)).where(AuditEntry.action.not_in(EVIDENCE_ACTIONS))
    assert len([one for one in found if one.startswith("entry ")]) == db.session.scalar(lines)
    events = db.session.scalar(select(func.count(CaseEvent.id)).filter_by(case_id=case_id))
    assert len([one for one in found if one.startswith(f"case {case_id}: event ")]) == events


@pytest.mark.parametrize("action", [one.name for one in EVIDENCE_ACTIONS])
def test_entry_that_proves_others_is_never_erased(case_id: int, people: SimpleNamespace, action: str) -> None:
    with transaction(by=people.admin) as session:
        audit_book.record_restore(session, made_at="2027", sha256="0", last_id=1, by=people.admin)
        event = db.session.scalars(select(CaseEvent).filter_by(case_id=case_id).limit(1)).one()
        audit_book.erase_payload(event, basis="UU PDP 8", by=people.admin)
    db.session.rollback()

    with pytest.raises(DBAPIError, match="append-only"):
        erase_by_sql("audit_entry", f"action = '{action}'")


def test_erasure_by_the_service_is_reported_and_is_no_fault(
    case_id: int, make: ModuleType, people: SimpleNamespace
) -> None:
    view = db.session.scalars(select(AuditEntry).filter_by(entity="case_note").limit(1)).one()
    event = db.session.scalars(select(CaseEvent).filter_by(case_id=case_id).limit(1)).one()
    keys = [("audit_entry", view.id), ("case_event", event.id)]
    with transaction(by=people.admin):
        for row in (view, event):
            audit_book.erase_payload(row, basis="UU PDP pasal 8", by=people.admin)

    lines = db.session.scalars(
        select(AuditEntry).filter_by(action=Action.erased).order_by(AuditEntry.id)
    ).all()
    assert [(one.entity, one.entity_id) for one in lines] == keys
    assert {one.actor_name for one in lines} == {"Admin"}
    assert lines[0].changes == {"basis": "UU PDP pasal 8"}
    assert (view.changes, view.salt, event.data, event.salt) == (None, None, None, None)
    assert list_faults() == []
    with pytest.raises(ValueError, match="erased already"), transaction(by=people.admin):
        audit_book.erase_payload(event, basis="UU PDP pasal 8", by=people.admin)


@pytest.mark.parametrize("basis", ["  ", "x" * 201])
def test_erasure_needs_a_short_basis(case_id: int, people: SimpleNamespace, basis: str) -> None:
    event = db.session.scalars(select(CaseEvent).limit(1)).one()
    with pytest.raises(ValueError, match="basis"), transaction(by=people.admin):
        audit_book.erase_payload(event, basis=basis, by=people.admin)
    assert db.session.scalar(select(func.count()).where(CaseEvent.erased_at.is_not(None))) == 0


def test_transaction_with_case_events_ends_with_one_entry_that_names_them(
    make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case()
    before, first = last_entry_id(), db.session.scalar(select(func.max(CaseEvent.id)))
    with transaction(by=people.rina) as session:
        make_events(case, people, session)

    lines = db.session.scalars(select(AuditEntry).where(AuditEntry.id > before).order_by(AuditEntry.id)).all()
    events = db.session.scalars(select(CaseEvent).where(CaseEvent.id > first).order_by(CaseEvent.id)).all()
    assert len(events) == 2
    assert [line.action for line in lines].count(Action.case_events) == 1
    assert lines[-1].action is Action.case_events
    assert lines[-1].changes == {"events": [[case.id, one.id, one.hash] for one in events]}
    assert (lines[-1].actor_id, lines[-1].entity_id) == (people.rina.id, None)
    assert list_faults() == []


def make_events(case: Any, people: SimpleNamespace, session: Any) -> None:
    """Record two events, and another one that is rolled back to a savepoint."""
    record_event(case, NOTE_ADDED, by=people.rina)
    point = session.begin_nested()
    record_event(case, NOTE_ADDED, by=people.rina)
    point.rollback()
    record_event(case, NOTE_ADDED, by=people.rina)


def test_transaction_without_case_events_has_no_such_entry(make: ModuleType) -> None:
    before = last_entry_id()
    make.client()
    lines = db.session.scalars(select(AuditEntry.action).where(AuditEntry.id > before)).all()
    assert lines
    assert Action.case_events not in lines


def test_rows_written_while_check_reads_are_no_fault(case_id: int, make: ModuleType) -> None:
    reading = AuditBookCheck()
    assert list(reading.find_faults()) == []
    make.note(case=make.case())

    assert list(CaseBooksCheck(reading).find_faults()) == []


@pytest.fixture
def new_key(app: Flask, case_id: int) -> Iterator[None]:
    """Give the application another key until the test ends."""
    own = app.config["BOOK_KEY"]
    app.config["BOOK_KEY"] = "a new key of the office"
    yield
    app.config["BOOK_KEY"] = own


def test_new_key_begins_with_a_sealed_line_and_older_seals_are_noted_as_not_provable(
    app: Flask, new_key: None
) -> None:
    before = db.session.execute(
        select(AuditEntry.id, AuditEntry.key_id).order_by(AuditEntry.id.desc())
    ).first()
    assert before is not None
    audit_book.log_access("view", "client", 1, by=None)

    lines = db.session.scalars(
        select(AuditEntry).where(AuditEntry.id > before.id).order_by(AuditEntry.id)
    ).all()
    assert [line.action for line in lines] == [Action.sealed, Action.view]
    assert {line.key_id for line in lines} == {get_book_key().id} != {before.key_id}
    assert list_faults() == []
    (note,) = list_notes()
    assert note.endswith(f"seals are not provable without key {before.key_id}")


def test_restore_of_another_key_excuses_no_lost_head(app: Flask, case_id: int) -> None:
    before = last_entry_id()
    audit_book.log_access("view", "client", 1, by=None)
    heads.save_head()
    delete_entries_after(before)
    own = app.config["BOOK_KEY"]
    app.config["BOOK_KEY"] = "invented by somebody else"
    with transaction(by=SYSTEM) as session:
        audit_book.record_restore(session, made_at="2027", sha256="0", last_id=before, by=SYSTEM)
    app.config["BOOK_KEY"] = own

    assert [fault for fault in list_faults() if "kept heads are not in the book" in fault]


def test_head_of_another_book_at_the_same_address_is_found(case_id: int, instance: Path) -> None:
    heads.save_head()
    (file,) = instance.glob("heads-*")
    file.write_text(file.read_text().replace(f" {last_entry_id()} ", " 999999 "))
    file.rename(instance / "heads-0123456789abcdef")

    (fault,) = list_faults()
    assert "heads-0123456789abcdef" in fault


def test_file_of_heads_names_the_database_without_user_and_password(case_id: int, instance: Path) -> None:
    heads.save_head()
    (file,) = instance.glob("heads-*")
    address, head = file.read_text().splitlines()
    url = db.engine.url
    assert address.startswith("database ")
    assert address.endswith(str(url.database))
    if url.username:
        assert f"{url.username}:" not in address
        assert "@" not in address
    assert head.split()[1] == str(last_entry_id())
    assert file.stat().st_mode & 0o077 == 0


def test_disclosure_erased_by_plain_sql_is_found(case_id: int) -> None:
    disclosure = create_disclosure()
    key, referral = disclosure.id, disclosure.referral_id
    assert list(verify_disclosures()) == []
    db.session.rollback()
    erase_by_sql("referral_disclosure", f"id = {key}")
    found = f"disclosure {key} of referral {referral} was erased, and no line of the audit says why"
    assert list(verify_disclosures()) == [found]


def test_disclosure_erased_by_the_service_is_no_fault(case_id: int, people: SimpleNamespace) -> None:
    disclosure = create_disclosure()
    with transaction(by=people.admin):
        audit_book.erase_payload(disclosure, basis="UU PDP pasal 8", by=people.admin)
    assert (disclosure.data, disclosure.salt) == (None, None)
    assert list(verify_disclosures()) == []


def create_disclosure() -> ReferralDisclosure:
    referral = sent_referral()
    return db.session.scalars(select(ReferralDisclosure).filter_by(referral_id=referral.id)).one()
