"""Changes of a team member's account stand in the books of the team's secret cases."""

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.choices import ClosingReason
from app.cases.models import Case, CaseEvent
from app.cases.services import close_case
from app.cases.states import ActorKind, EventKind
from app.core.actor import SYSTEM
from app.core.unit import unit
from app.extensions import db
from app.reference.choices import Confidentiality
from app.security.choices import AccountChange
from app.security.services import reset_password
from tests.cases.support import AsUser, fresh
from tests.support import books
from tests.support.accounts import change_account, edit_account
from tests.support.portal import person

ORDINARY, LIMITED, SECRET = Confidentiality
WORDS = {
    AccountChange.password_reset: "Kata sandi sementara baru",
    AccountChange.roles_changed: "Peran diubah",
    AccountChange.deactivated: "Akun dinonaktifkan",
    AccountChange.activated: "Akun diaktifkan kembali",
}


def account_events() -> list[CaseEvent]:
    db.session.rollback()
    query = select(CaseEvent).where(CaseEvent.kind == EventKind.account_changed)
    return list(db.session.scalars(query.order_by(CaseEvent.id)))


@pytest.mark.parametrize("change", AccountChange, ids=lambda change: change.name)
def test_change_of_an_account_stands_in_the_secret_cases_of_its_user(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser, change: AccountChange
) -> None:
    led = make.case(by="dodi", confidentiality=SECRET, team=[people.rina])
    helped = make.case(by="rina", confidentiality=SECRET, team=[people.dodi])
    for tier in (ORDINARY, LIMITED):
        make.case(by="dodi", confidentiality=tier, team=[people.rina])
    make.case(by="rina", confidentiality=SECRET)
    change_account(as_user("admin"), "dodi", change)
    events = account_events()
    assert [event.case_id for event in events] == [led.id, helped.id]
    dodi = person("dodi").id
    for event in events:
        assert event.data == {"user_id": dodi, "change": change.name}
        assert (event.source, event.source_id) == ("ab_user", dodi)
        assert (event.actor_id, event.actor_kind) == (people.admin.id, ActorKind.user)
    assert books.faults() == []
    rina = as_user("rina")
    for case in (led, helped):
        for address in (f"/cases/{case.id}/timeline?kind=people", f"/cases/show/{case.id}"):
            said = entry_of(rina.get_page(address), "Akun anggota tim diubah")
            assert f"Akun anggota tim diubah: {WORDS[change]}." in said
            assert "Dodi Pratama" in said, "whose account"
            assert "Admin" in said, "who changed it"
            assert "/users/show/" not in said, "the page of users is the administrator's"


def entry_of(page: str, words: str) -> str:
    """The one entry of the timeline that holds these words."""
    (entry,) = [entry for entry in page.split("<li ") if words in entry]
    return entry.partition("</li>")[0]


def test_closed_secret_case_hears_of_a_change_too(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = make.case(by="rina", confidentiality=SECRET, team=[people.dodi])
    with unit(by=people.rina):
        ended: dict[str, Any] = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
        close_case(case, **ended, by=people.rina)
    change_account(as_user("admin"), "dodi", AccountChange.password_reset)
    assert [event.case_id for event in account_events()] == [case.id]
    assert not fresh(case).is_open
    assert books.faults() == []


def test_unchanged_roles_and_a_new_name_stand_in_no_book(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    make.case(by="dodi", confidentiality=SECRET)
    edit_account(as_user("admin"), "dodi", ["Peksos"], name="Dodi Saputra")
    assert account_events() == []


def test_reset_from_the_command_line_is_told_as_the_portal_s_own(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(by="dodi", confidentiality=SECRET)
    with unit(by=SYSTEM):
        reset_password(people.dodi, by=SYSTEM)
    (event,) = account_events()
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
