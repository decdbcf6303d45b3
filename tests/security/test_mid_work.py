"""Two clicks, a session that ends and a role that changes in the middle of the work, in every room."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.cases.models import CaseNote
from app.core.actor import SYSTEM
from app.core.forms import fields
from app.core.receipts import FormDraft
from app.core.unit import unit
from app.core.views import PortalView
from app.extensions import db
from app.reference.choices import Confidentiality
from app.security.devices import hash_of
from app.security.models import PortalUser, UserSession
from app.security.roles import GRANTED
from app.security.services import deactivate, update_user
from tests.security.test_every_move_twice import state_of_everything
from tests.security.test_hostile_forms import forms
from tests.support.client import PortalClient
from tests.support.now import machine_now
from tests.support.portal import PASSWORD, person
from tests.support.world import one_of_each

LogIn = Callable[[str], PortalClient]


def views(app: Flask) -> Iterator[PortalView]:
    return (view for view in app.appbuilder.baseviews if isinstance(view, PortalView))  # type: ignore[attr-defined]


def fall_asleep(client: PortalClient) -> None:
    with client.session_transaction() as session:
        own = UserSession.token_hash == hash_of(session["_user_id"])
    with unit(by=SYSTEM):
        long_ago = machine_now() - timedelta(hours=1)
        db.session.execute(update(UserSession).where(own).values(last_seen_at=long_ago))


def typed_into(form: Any, names: list[str]) -> dict[str, str]:
    """A text of its own for each field that takes one."""
    bound = form(formdata=None)
    texts = [name for name in names if isinstance(bound[name], fields.LineField)]
    texts = [name for name in texts if name != "reopen_reason"]  # stands there for a closed case alone
    return {name: f"KETIKAN {name} \u2013 <b>" for name in texts}


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)  # how a draft is kept, other tests ask of both
def test_what_was_typed_into_any_form_comes_back_to_who_typed_it_and_to_nobody_else(
    app: Flask, as_user: LogIn
) -> None:
    one_of_each()
    admin, other = as_user("admin"), as_user("rina")
    with app.test_request_context():
        asked = [
            (f"{view.route_base}{path}", typed_into(form, names)) for view, path, form, names in forms(app)
        ]
    lost = []
    for address, typed in ((address, typed) for address, typed in asked if typed):
        fall_asleep(admin)
        answer = admin.post(address, data={**typed, "version": "1"})
        back = admin.post(answer.location, data={"username": "admin", "password": PASSWORD})
        page = admin.get(back.location)
        if page.status_code != 403:  # what the record does not allow now has no form
            told = {name: f"KETIKAN {name} \u2013 &lt;b&gt;" for name in typed}
            lost += [f"{address} {name}" for name, text in told.items() if text not in page.text]
        theirs = other.get(f"{address}?draft=1")
        assert theirs.status_code == other.get(address).status_code, address
        assert "KETIKAN" not in theirs.text, address
    assert lost == []


def test_a_case_that_is_hidden_meanwhile_takes_no_note_and_gives_nothing_away(
    as_user: LogIn, make: ModuleType
) -> None:
    case = make.case(by="dodi", client=make.client(name="Kenari Rahasia"))
    sari = as_user("sari")
    assert sari.get(f"/case-notes/add?case={case.id}").status_code == 200
    answer = as_user("dodi").post(
        f"/cases/{case.id}/raise_confidentiality",
        data={"confidentiality": Confidentiality.secret.name, "reason": "anak", "version": str(case.version)},
    )
    assert answer.status_code == 302
    answer = sari.post("/case-notes/add", data={"case": case.id, "text": "Dua jam kerja"})
    assert answer.status_code == 200
    assert "Dua jam kerja" in answer.text
    assert "Kenari Rahasia" not in answer.text
    assert db.session.scalar(select(CaseNote.id)) is None


def test_who_only_reads_from_now_on_saves_nothing_more_and_who_is_dismissed_is_out(
    app: Flask, as_user: LogIn
) -> None:
    one_of_each()
    rina = as_user("rina")
    may = {view for view in views(app) if (type(view).__name__, "can_add") in GRANTED["Peksos"]}
    asked = [
        f"{view.route_base}{path}"
        for view, path, _form, _names in forms(app)
        if (view in may or path != "/add") and view.room not in ("sessions", "notices")  # one's own
    ]
    typed = {"name": "Siti", "text": "Catatan", "reason": "Alasan", "version": "1"}
    for change, answer in ((_only_reads, 403), (_is_dismissed, 302)):
        change(person("rina"))
        before = state_of_everything()
        answers = {address: rina.post(address, data=typed) for address in asked}
        assert {
            address: one.status_code for address, one in answers.items() if one.status_code != answer
        } == {}
        assert state_of_everything() == before
    assert {one.location for one in answers.values()} == {"/login/"}


def _only_reads(user: PortalUser) -> None:
    with unit(by=SYSTEM):
        update_user(user, {"first_name": "Rina", "roles": ["Supervisor"]}, by=SYSTEM)


def _is_dismissed(user: PortalUser) -> None:
    with unit(by=SYSTEM):
        deactivate(user, by=SYSTEM)


def test_a_number_with_zeros_without_end_is_kept_while_one_sleeps(as_user: LogIn, make: ModuleType) -> None:
    rina, referral = as_user("rina"), make.referral()
    for _twice in range(2):
        fall_asleep(rina)
        answer = rina.post(f"/referrals/{'0' * 300}{referral.id}/cancel", data={"reason": "x"})
        assert answer.location.startswith("/login/")
    assert len(db.session.scalars(select(FormDraft)).all()) == 1
