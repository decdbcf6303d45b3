"""The audit book tells what a verb changed, in the transaction that changed it."""

from contextlib import suppress
from datetime import date
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.choices import Action
from app.audit.models import AuditEntry
from app.audit.services import verify_chain
from app.clients.choices import ConsentPurpose, PhoneOwner
from app.clients.models import Client
from app.clients.services import register_client, update_client
from app.core.actor import SYSTEM
from app.core.unit import unit
from app.extensions import db
from app.grants.choices import Purpose
from app.reference.choices import Confidentiality
from tests.support.together import run_together


@pytest.fixture(autouse=True)
def cast(app: Flask, people: SimpleNamespace) -> SimpleNamespace:
    return people


def entries(entity: str = "client") -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.entity == entity).order_by(AuditEntry.id)
    return list(db.session.scalars(query))


def register(cast: SimpleNamespace, **data: Any) -> Client:
    with unit(by=cast.rina):
        return register_client({"name": "Siti Aminah", **data}, by=cast.rina)


def test_a_new_record_is_one_entry_with_who_and_what(cast: SimpleNamespace) -> None:
    client = register(cast, phone_owner=PhoneOwner.family)

    (entry,) = entries()
    assert (entry.action, entry.entity_id) == (Action.create, client.id)
    assert (entry.actor_id, entry.actor_name) == (cast.rina.id, "Rina Kusuma")
    assert entry.changes is not None
    assert entry.changes["identity_status"][0] is None


def test_a_new_client_is_told_without_what_is_personal(cast: SimpleNamespace) -> None:
    register(cast, birth_date=date(1990, 1, 2))

    (entry,) = entries()
    assert entry.changes is not None
    assert (entry.changes["name"], entry.changes["birth_date"]) == ("•", "•")


def test_a_changed_client_keeps_the_former_value_but_not_of_prose(cast: SimpleNamespace) -> None:
    client = register(cast, features="Tahi lalat di pipi")
    with unit(by=cast.dodi):
        changed = {"name": "Siti Maryam", "birth_date": date(1990, 1, 2), "features": "Tidak ada"}
        update_client(client, changed, by=cast.dodi)

    entry = entries()[-1]
    assert entry.changes == {
        "name": ["Siti Aminah", "Siti Maryam"],
        "birth_date": [None, "1990-01-02"],
        "features": "•",
    }
    assert entry.actor_name == "Dodi Pratama"


def test_codes_keep_their_old_and_new_value(cast: SimpleNamespace, make: ModuleType) -> None:
    partner = make.partner(name="Panti Lama")
    with unit(by=cast.admin):
        partner.name = "Panti Baru"

    assert entries("partner")[-1].changes == {"name": ["Panti Lama", "Panti Baru"]}


def test_a_record_that_was_not_read_before_it_was_changed_still_tells_its_old_value(
    cast: SimpleNamespace, make: ModuleType
) -> None:
    partner = make.partner(name="Panti Lama")
    db.session.expire_all()
    with unit(by=cast.admin):
        partner.name = "Panti Terbaru"

    assert entries("partner")[-1].changes == {"name": ["Panti Lama", "Panti Terbaru"]}


def test_several_flushes_make_one_entry(cast: SimpleNamespace, make: ModuleType) -> None:
    partner = make.partner(name="Panti A")
    before = len(entries("partner"))
    with unit(by=cast.admin):
        for name in ("Panti B", "Panti C"):
            partner.name = name
            db.session.flush()

    (entry,) = entries("partner")[before:]
    assert entry.changes == {"name": ["Panti A", "Panti C"]}


def test_a_change_that_was_taken_back_is_no_change(cast: SimpleNamespace, make: ModuleType) -> None:
    partner = make.partner(name="Panti A")
    before = len(entries("partner"))
    with unit(by=cast.admin):
        for name in ("Panti B", "Panti A"):
            partner.name = name
            db.session.flush()

    assert [entry.changes for entry in entries("partner")[before:]] == []


def test_a_rolled_back_change_leaves_no_entry(cast: SimpleNamespace) -> None:
    with suppress(ZeroDivisionError), unit(by=cast.rina):
        register_client({"name": "Siti"}, by=cast.rina)
        raise ZeroDivisionError
    register(cast)

    assert len(entries()) == 1


def test_a_change_undone_by_a_savepoint_leaves_no_entry(cast: SimpleNamespace, make: ModuleType) -> None:
    partner = make.partner(name="Panti A")
    before = len(entries("partner"))
    with unit(by=cast.admin) as session:
        partner.phone = "112"
        with suppress(ZeroDivisionError), session.begin_nested():
            partner.name = "Panti B"
            session.flush()
            raise ZeroDivisionError
        with session.begin_nested():
            partner.note = "kept"

    (entry,) = entries("partner")[before:]
    assert entry.changes == {"phone": "•", "note": "•"}, "what was done before the savepoint is kept"


def test_a_changed_many_to_many_relation_tells_what_came_and_went(
    cast: SimpleNamespace, make: ModuleType
) -> None:
    with unit(by=cast.admin):
        cast.sari.roles = list(cast.kabid.roles)

    old, new = cast.rina.roles[0].id, cast.kabid.roles[0].id
    assert entries("ab_user")[-1].changes == {"roles": [[old], [new]]}


def test_a_password_is_never_in_the_book(cast: SimpleNamespace) -> None:
    with unit(by=cast.admin):
        cast.sari.password = "a secret hash"

    assert entries("ab_user")[-1].changes == {"password": "•"}


def test_a_log_in_counter_is_no_change(cast: SimpleNamespace) -> None:
    before = len(entries("ab_user"))
    with unit(by=SYSTEM):
        cast.sari.login_count = 7

    assert len(entries("ab_user")) == before


def test_the_book_does_not_write_about_itself(cast: SimpleNamespace) -> None:
    register(cast)

    assert db.session.scalar(select(func.count()).where(AuditEntry.entity == "audit_entry")) == 0


def test_a_change_and_its_entry_share_one_instant_of_truth(cast: SimpleNamespace) -> None:
    register(cast)

    assert entries()[0].at.utcoffset() is not None
    assert verify_chain() is None


def test_twenty_at_once_write_one_unbroken_chain(cast: SimpleNamespace) -> None:
    rina = SimpleNamespace(actor_id=cast.rina.id, full_name="Rina Kusuma", role_names=frozenset({"Peksos"}))

    def action(number: int) -> None:
        with unit(by=rina):
            register_client({"name": f"Klien {number}"}, by=rina)
            if number % 5 == 0:
                raise ZeroDivisionError

    answers = run_together(20, action)

    assert sum(answer is None for answer in answers) == 16, answers
    assert len(entries()) == 16
    assert verify_chain() is None
    book = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [entry.prev_hash for entry in book[1:]] == [entry.hash for entry in book[:-1]]


def test_the_audit_book_repeats_no_words_of_a_case(app: object, make: ModuleType) -> None:
    case = make.case(by="dodi", confidentiality=Confidentiality.secret)
    pot = make.pot(ceiling_initial=10**9)
    money = {"grant": pot, "case": case, "purpose": Purpose.client_aid}
    make.expenditure(by="dodi", **money, description="Susu bayi Melati")
    make.commitment(by="dodi", **money, description="Sewa rumah Melati")
    make.aid(by="dodi", case=case, item="Popok Melati")
    make.consent(by="dodi", client=case.client, purpose=ConsentPurpose.share_with_partner)
    make.referral(by="dodi", case=case, documents="Akta Melati")
    told = db.session.scalars(select(AuditEntry)).all()
    assert [entry.entity for entry in told if "Melati" in str(entry.changes)] == []


def test_a_row_that_its_record_drops_is_deleted_in_the_book(cast: SimpleNamespace, make: ModuleType) -> None:
    referral = make.referral(documents="Fotokopi KTP\nFoto rumah")
    ids = sorted(document.id for document in referral.documents)
    assert len(ids) == 2
    with unit(by=cast.rina):
        referral.documents.clear()
    deleted = [entry for entry in entries("referral_document") if entry.action is Action.delete]
    assert sorted(entry.entity_id for entry in deleted if entry.entity_id) == ids
