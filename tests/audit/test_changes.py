"""A change of data writes an audit entry in the same transaction."""

from contextlib import suppress
from datetime import date
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.audit.services.audit_book import find_broken_entry
from app.clients.enums import ConsentPurpose, PhoneOwner
from app.clients.models.client import Client
from app.clients.services.clients import register_client, update_client
from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.extensions import db
from app.grants.enums import Purpose
from app.reference.enums import Confidentiality
from tests.support.concurrency import run_concurrently


@pytest.fixture(autouse=True)
def cast(app: Flask, people: SimpleNamespace) -> SimpleNamespace:
    return people


def list_entries(entity: str = "client") -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.entity == entity).order_by(AuditEntry.id)
    return list(db.session.scalars(query))


def register(cast: SimpleNamespace, **data: Any) -> Client:
    with transaction(by=cast.rina):
        return register_client({"name": "Siti Aminah", **data}, by=cast.rina)


def test_new_record_is_one_entry_with_actor_and_values(cast: SimpleNamespace) -> None:
    client = register(cast, phone_owner=PhoneOwner.family)

    (entry,) = list_entries()
    assert (entry.action, entry.entity_id) == (Action.create, client.id)
    assert (entry.actor_id, entry.actor_name) == (cast.rina.id, "Rina Kusuma")
    assert entry.changes is not None
    assert entry.changes["identity_status"][0] is None


def test_new_client_is_recorded_without_personal_values(cast: SimpleNamespace) -> None:
    register(cast, birth_date=date(1990, 1, 2))

    (entry,) = list_entries()
    assert entry.changes is not None
    assert (entry.changes["name"], entry.changes["birth_date"]) == ("•", "•")


def test_change_of_a_client_records_former_values_except_of_prose(cast: SimpleNamespace) -> None:
    client = register(cast, features="Tahi lalat di pipi")
    with transaction(by=cast.dodi):
        changed = {"name": "Siti Maryam", "birth_date": date(1990, 1, 2), "features": "Tidak ada"}
        update_client(client, changed, by=cast.dodi)

    entry = list_entries()[-1]
    assert entry.changes == {
        "name": ["Siti Aminah", "Siti Maryam"],
        "birth_date": [None, "1990-01-02"],
        "features": "•",
    }
    assert entry.actor_name == "Dodi Pratama"


def test_a_changed_report_keeps_no_former_value(cast: SimpleNamespace, make: ModuleType) -> None:
    report = make.report(reporter_name="Ibu Ani", reporter_phone="0812-3456-7890")
    with transaction(by=cast.dodi):
        report.reporter_name, report.reporter_phone = "Ibu Ana", "+628123456000"

    assert list_entries("incoming_report")[-1].changes == {"reporter_name": "•", "reporter_phone": "•"}


def test_codes_keep_their_old_and_new_value(cast: SimpleNamespace, make: ModuleType) -> None:
    partner = make.partner(name="Panti Lama")
    with transaction(by=cast.admin):
        partner.name = "Panti Baru"

    assert list_entries("partner")[-1].changes == {"name": ["Panti Lama", "Panti Baru"]}


def test_change_of_an_unread_record_keeps_its_old_value(cast: SimpleNamespace, make: ModuleType) -> None:
    partner = make.partner(name="Panti Lama")
    db.session.expire_all()
    with transaction(by=cast.admin):
        partner.name = "Panti Terbaru"

    assert list_entries("partner")[-1].changes == {"name": ["Panti Lama", "Panti Terbaru"]}


def test_several_flushes_make_one_entry(cast: SimpleNamespace, make: ModuleType) -> None:
    partner = make.partner(name="Panti A")
    before = len(list_entries("partner"))
    with transaction(by=cast.admin):
        for name in ("Panti B", "Panti C"):
            partner.name = name
            db.session.flush()

    (entry,) = list_entries("partner")[before:]
    assert entry.changes == {"name": ["Panti A", "Panti C"]}


def test_reverted_change_is_no_change(cast: SimpleNamespace, make: ModuleType) -> None:
    partner = make.partner(name="Panti A")
    before = len(list_entries("partner"))
    with transaction(by=cast.admin):
        for name in ("Panti B", "Panti A"):
            partner.name = name
            db.session.flush()

    assert [entry.changes for entry in list_entries("partner")[before:]] == []


def test_a_rolled_back_change_leaves_no_entry(cast: SimpleNamespace) -> None:
    with suppress(ZeroDivisionError), transaction(by=cast.rina):
        register_client({"name": "Siti"}, by=cast.rina)
        raise ZeroDivisionError
    register(cast)

    assert len(list_entries()) == 1


def test_a_change_undone_by_a_savepoint_leaves_no_entry(cast: SimpleNamespace, make: ModuleType) -> None:
    partner = make.partner(name="Panti A")
    before = len(list_entries("partner"))
    with transaction(by=cast.admin) as session:
        partner.phone = "112"
        with suppress(ZeroDivisionError), session.begin_nested():
            partner.name = "Panti B"
            session.flush()
            raise ZeroDivisionError
        with session.begin_nested():
            partner.note = "kept"

    (entry,) = list_entries("partner")[before:]
    assert entry.changes == {"phone": "•", "note": "•"}, "the change before the savepoint must be kept"


def test_changed_many_to_many_relation_keeps_added_and_removed(
    cast: SimpleNamespace, make: ModuleType
) -> None:
    with transaction(by=cast.admin):
        cast.sari.roles = list(cast.kabid.roles)

    old, new = cast.rina.roles[0].id, cast.kabid.roles[0].id
    assert list_entries("ab_user")[-1].changes == {"roles": [[old], [new]]}


def test_password_is_never_in_the_audit_log(cast: SimpleNamespace) -> None:
    with transaction(by=cast.admin):
        cast.sari.password = "a secret hash"

    assert list_entries("ab_user")[-1].changes == {"password": "•"}


def test_log_in_counter_is_not_recorded(cast: SimpleNamespace) -> None:
    before = len(list_entries("ab_user"))
    with transaction(by=SYSTEM):
        cast.sari.login_count = 7

    assert len(list_entries("ab_user")) == before


def test_audit_log_has_no_entries_about_itself(cast: SimpleNamespace) -> None:
    register(cast)

    assert db.session.scalar(select(func.count()).where(AuditEntry.entity == "audit_entry")) == 0


def test_entry_has_an_aware_instant_and_a_valid_chain(cast: SimpleNamespace) -> None:
    register(cast)

    assert list_entries()[0].at.utcoffset() is not None
    assert find_broken_entry() is None


def test_twenty_concurrent_transactions_write_one_unbroken_chain(cast: SimpleNamespace) -> None:
    rina = SimpleNamespace(actor_id=cast.rina.id, full_name="Rina Kusuma", role_names=frozenset({"Peksos"}))

    def action(number: int) -> None:
        with transaction(by=rina):
            register_client({"name": f"Klien {number}"}, by=rina)
            if number % 5 == 0:
                raise ZeroDivisionError

    answers = run_concurrently(20, action)

    assert sum(answer is None for answer in answers) == 16, answers
    assert len(list_entries()) == 16
    assert find_broken_entry() is None
    book = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [entry.prev_hash for entry in book[1:]] == [entry.hash for entry in book[:-1]]


def test_audit_log_contains_no_text_of_a_case(app: object, make: ModuleType) -> None:
    case = make.case(by="dodi", confidentiality=Confidentiality.secret)
    pot = make.funded_grant(ceiling_initial=10**9)
    money = {"grant": pot, "case": case, "purpose": Purpose.client_aid}
    make.expenditure(by="dodi", **money, description="Susu bayi Melati")
    make.commitment(by="dodi", **money, description="Sewa rumah Melati")
    make.aid(by="dodi", case=case, item="Popok Melati")
    make.consent(by="dodi", client=case.client, purpose=ConsentPurpose.share_with_partner)
    make.referral(by="dodi", case=case, documents="Akta Melati")
    entries = db.session.scalars(select(AuditEntry)).all()
    assert [entry.entity for entry in entries if "Melati" in str(entry.changes)] == []


def test_row_removed_from_its_record_has_a_delete_entry(cast: SimpleNamespace, make: ModuleType) -> None:
    referral = make.referral(documents="Fotokopi KTP\nFoto rumah")
    ids = sorted(document.id for document in referral.documents)
    assert len(ids) == 2
    with transaction(by=cast.rina):
        referral.documents.clear()
    deleted = [entry for entry in list_entries("referral_document") if entry.action is Action.delete]
    assert sorted(entry.entity_id for entry in deleted if entry.entity_id) == ids


def test_a_row_that_is_changed_and_dropped_at_once_is_deleted_in_the_book(
    cast: SimpleNamespace, make: ModuleType
) -> None:
    referral = make.referral(documents="Fotokopi KTP")
    with transaction(by=cast.rina):
        referral.documents[0].title = "KTP asli"
        db.session.flush()
        referral.documents.clear()
    entries = [entry.action for entry in list_entries("referral_document")]
    assert entries == [Action.create, Action.delete]
