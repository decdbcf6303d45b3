"""An account change of a team member is recorded as an event in the member's secret cases."""

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.enums import ActorKind, ClosingReason
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.services.closing import close_case
from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from app.security.enums import AccountChange
from app.security.services.users import reset_password
from tests.cases.support import AsUser, reload
from tests.support import books
from tests.support.accounts import change_account, edit_account
from tests.support.portal import get_user

ORDINARY, LIMITED, SECRET = Confidentiality
CHANGE_LABELS = {
    AccountChange.password_reset: "Kata sandi sementara baru",
    AccountChange.roles_changed: "Peran diubah",
    AccountChange.deactivated: "Akun dinonaktifkan",
    AccountChange.activated: "Akun diaktifkan kembali",
}


def list_account_events() -> list[CaseEvent]:
    db.session.rollback()
    query = select(CaseEvent).where(CaseEvent.kind == "account_changed")
    return list(db.session.scalars(query.order_by(CaseEvent.id)))


@pytest.mark.parametrize("change", AccountChange, ids=lambda change: change.name)
def test_account_change_is_an_event_in_the_secret_cases_of_its_user(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser, change: AccountChange
) -> None:
    led = make.case(by="dodi", confidentiality=SECRET, team=[people.rina])
    helped = make.case(by="rina", confidentiality=SECRET, team=[people.dodi])
    for tier in (ORDINARY, LIMITED):
        make.case(by="dodi", confidentiality=tier, team=[people.rina])
    make.case(by="rina", confidentiality=SECRET)
    change_account(as_user("admin"), "dodi", change)
    events = list_account_events()
    assert [event.case_id for event in events] == [led.id, helped.id]
    dodi = get_user("dodi").id
    for event in events:
        assert event.data == {"user_id": dodi, "change": change.name}
        assert (event.source, event.source_id) == ("ab_user", dodi)
        assert (event.actor_id, event.actor_kind) == (people.admin.id, ActorKind.user)
    assert books.list_faults() == []
    rina = as_user("rina")
    for case in (led, helped):
        for address in (f"/cases/{case.id}/timeline?kind=people", f"/cases/show/{case.id}"):
            entry = find_entry(rina.get_page(address), "Akun anggota tim diubah")
            assert f"Akun anggota tim diubah: {CHANGE_LABELS[change]}." in entry
            assert "Dodi Pratama" in entry, "the owner of the account is not named"
            assert "Admin" in entry, "the administrator is not named"
            assert "/users/show/" not in entry, "only administrators can open the page of a user"


def find_entry(page: str, words: str) -> str:
    """Return the HTML of the only timeline entry that contains these words."""
    (entry,) = [entry for entry in page.split("<li ") if words in entry]
    return entry.partition("</li>")[0]


def test_account_change_is_an_event_in_closed_secret_cases_too(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = make.case(by="rina", confidentiality=SECRET, team=[people.dodi])
    with transaction(by=people.rina):
        ended: dict[str, Any] = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
        close_case(case, **ended, by=people.rina)
    change_account(as_user("admin"), "dodi", AccountChange.password_reset)
    assert [event.case_id for event in list_account_events()] == [case.id]
    assert not reload(case).is_open
    assert books.list_faults() == []


def test_unchanged_roles_and_a_new_name_write_no_event(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    make.case(by="dodi", confidentiality=SECRET)
    edit_account(as_user("admin"), "dodi", ["Peksos"], name="Dodi Saputra")
    assert list_account_events() == []


def test_reset_from_the_command_line_has_the_system_as_actor(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(by="dodi", confidentiality=SECRET)
    with transaction(by=SYSTEM):
        reset_password(people.dodi, by=SYSTEM)
    (event,) = list_account_events()
    assert (event.case_id, event.actor_name, event.actor_kind) == (case.id, "Siaga", ActorKind.system)


def test_administrator_learns_of_no_case_from_the_answer(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case: Case = make.case(by="dodi", confidentiality=SECRET)
    admin = as_user("admin")
    data = {"version": people.dodi.version}
    answer = admin.post(f"/users/{people.dodi.id}/reset_password", data=data)
    assert answer.status_code == 200
    assert case.number not in answer.text
    assert admin.get(f"/cases/{case.id}/timeline").status_code == 404
