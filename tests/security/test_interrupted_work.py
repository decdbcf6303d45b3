"""A form is sent after the session expired, the permission was removed or the case was hidden."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.admin import fields
from app.admin.base import PortalView
from app.admin.drafts import FormDraft
from app.cases.models.entries import CaseNote
from app.core.actor import SYSTEM
from app.core.tokens import hash_token
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from app.security.models import PortalUser, UserSession
from app.security.rules.roles import ROLE_PERMISSIONS
from app.security.services.users import deactivate, update_user
from tests.security.test_hostile_forms import list_forms
from tests.security.test_repeated_transitions import table_versions
from tests.support.client import PortalClient
from tests.support.fixed_clock import machine_now
from tests.support.portal import PASSWORD, get_user
from tests.support.sample_records import create_one_of_each

AsUser = Callable[[str], PortalClient]


def list_views(app: Flask) -> Iterator[PortalView]:
    return (view for view in app.appbuilder.baseviews if isinstance(view, PortalView))  # type: ignore[attr-defined]


def expire_session(client: PortalClient) -> None:
    with client.session_transaction() as session:
        own = UserSession.token_hash == hash_token(session["_user_id"])
    with transaction(by=SYSTEM):
        long_ago = machine_now() - timedelta(hours=1)
        db.session.execute(update(UserSession).where(own).values(last_seen_at=long_ago))


def type_into_fields(form: Any, names: list[str]) -> dict[str, str]:
    """Return a distinct text for each text field of the form."""
    bound = form(formdata=None)
    texts = [name for name in names if isinstance(bound[name], fields.LineField)]
    texts = [name for name in texts if name != "reopen_reason"]  # shown for a closed case only
    return {name: f"KETIKAN {name} \u2013 <b>" for name in texts}


@pytest.mark.parametrize(
    "portal_instance", ["sqlite"], indirect=True
)  # other tests store drafts on both databases
def test_text_typed_into_any_form_is_restored_for_its_user_only(app: Flask, as_user: AsUser) -> None:
    create_one_of_each()
    admin, other = as_user("admin"), as_user("rina")
    with app.test_request_context():
        requests = [
            (f"{view.route_base}{path}", type_into_fields(form, names))
            for view, path, form, names in list_forms(app)
        ]
    lost = []
    for address, typed in ((address, typed) for address, typed in requests if typed):
        expire_session(admin)
        answer = admin.post(address, data={**typed, "version": "1"})
        back = admin.post(answer.location, data={"username": "admin", "password": PASSWORD})
        page = admin.get(back.location)
        if page.status_code != 403:  # a transition that the record does not allow has no form
            escaped = {name: f"KETIKAN {name} \u2013 &lt;b&gt;" for name in typed}
            lost += [f"{address} {name}" for name, text in escaped.items() if text not in page.text]
        theirs = other.get(f"{address}?draft=1")
        assert theirs.status_code == other.get(address).status_code, address
        assert "KETIKAN" not in theirs.text, address
    assert lost == []


@pytest.mark.both_databases
def test_case_hidden_meanwhile_takes_no_note_and_reveals_nothing(as_user: AsUser, make: ModuleType) -> None:
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


def test_demoted_user_saves_nothing_more_and_deactivated_user_is_logged_out(
    app: Flask, as_user: AsUser
) -> None:
    create_one_of_each()
    rina = as_user("rina")
    permitted = {
        view for view in list_views(app) if (type(view).__name__, "can_add") in ROLE_PERMISSIONS["Peksos"]
    }
    requests = [
        f"{view.route_base}{path}"
        for view, path, _form, _names in list_forms(app)
        # records of the user's own
        if (view in permitted or path != "/add") and view.room not in ("sessions", "notices")
    ]
    typed = {"name": "Siti", "text": "Catatan", "reason": "Alasan", "version": "1"}
    for change, answer in ((_make_supervisor, 403), (_deactivate, 302)):
        change(get_user("rina"))
        before = table_versions()
        answers = {address: rina.post(address, data=typed) for address in requests}
        assert {
            address: one.status_code for address, one in answers.items() if one.status_code != answer
        } == {}
        assert table_versions() == before
    assert {one.location for one in answers.values()} == {"/login/"}


def _make_supervisor(user: PortalUser) -> None:
    with transaction(by=SYSTEM):
        update_user(user, {"first_name": "Rina", "roles": ["Supervisor"]}, by=SYSTEM)


def _deactivate(user: PortalUser) -> None:
    with transaction(by=SYSTEM):
        deactivate(user, by=SYSTEM)


def test_draft_of_an_overlong_record_number_is_stored_once(as_user: AsUser, make: ModuleType) -> None:
    rina, referral = as_user("rina"), make.referral()
    for _twice in range(2):
        expire_session(rina)
        answer = rina.post(f"/referrals/{'0' * 300}{referral.id}/cancel", data={"reason": "x"})
        assert answer.location.startswith("/login/")
    assert len(db.session.scalars(select(FormDraft)).all()) == 1
