"""Idle sessions expire and keep what was sent as a draft; some changes of the account end a session."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.admin.drafts import FormDraft
from app.db.transaction import transaction
from app.extensions import db
from app.security.models import PortalUser, UserSession
from app.security.services import users
from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.fixed_clock import Traveller, machine_clock, machine_now
from tests.support.portal import PASSWORD, get_user

AsUser = Callable[[str], PortalClient]
TYPED = {"first_name": "Siti", "username": "siti.baru", "roles": "Peksos", "form_key": "k" * 43}


@pytest.fixture
def machine_traveller() -> Traveller:
    """A fixed machine clock that the test moves forward."""
    with machine_clock(machine_now(), ticking=False) as traveller:
        yield traveller


def test_a_session_lasts_while_it_is_used(
    anonymous_client: PortalClient, machine_traveller: Traveller
) -> None:
    log_in(anonymous_client)
    for _page in range(4):
        machine_traveller.shift(timedelta(minutes=29))
        assert anonymous_client.get("/profile/").status_code == 200


@pytest.mark.both_databases
def test_after_thirty_minutes_the_user_is_asked_to_log_in_again(
    anonymous_client: PortalClient, machine_traveller: Traveller
) -> None:
    log_in(anonymous_client)
    machine_traveller.shift(timedelta(minutes=31))
    answer = anonymous_client.get("/profile/?x=1")
    assert answer.location == "/login/?next=/profile/?x%3D1"
    assert "Anda otomatis keluar karena 30 menit tanpa kegiatan." in anonymous_client.get_page(
        answer.location
    )
    assert log_in(anonymous_client, target="/profile/?x=1").location == "/profile/?x=1"


@pytest.fixture
def idle_client(anonymous_client: PortalClient, machine_traveller: Traveller) -> PortalClient:
    """The client of an administrator who has been idle for an hour."""
    log_in(anonymous_client, "admin")
    machine_traveller.shift(timedelta(minutes=60))
    return anonymous_client


def test_form_sent_after_a_pause_is_kept_as_a_draft_and_not_saved(idle_client: PortalClient) -> None:
    answer = idle_client.post("/users/add", data=TYPED)
    assert answer.location.startswith("/login/?next=/users/add")
    assert users.find_user("siti.baru") is None
    back = idle_client.post(answer.location, data={"username": "admin", "password": PASSWORD})
    assert back.location == "/users/add?draft=1"
    page = idle_client.get_page(back.location)
    assert 'value="siti.baru"' in page
    assert 'value="Siti"' in page
    # the page with the temporary password
    assert idle_client.post("/users/add", data=TYPED).status_code == 200
    assert users.find_user("siti.baru") is not None
    assert db.session.scalars(select(FormDraft)).all() == []


def test_long_address_redirects_to_the_log_in_and_back(
    idle_client: PortalClient, anonymous_client: PortalClient
) -> None:
    answer = idle_client.post(f"/users/add?x={'%C3%A4' * 600}", data=TYPED)
    assert answer.location == "/login/?next=/users/add?draft%3D1"
    assert idle_client.get(answer.location).status_code == 200
    anonymous_client.post("/logout/")
    assert anonymous_client.get(f"/users/list/?q={'a' * 3000}").location == "/login/"


def test_draft_is_hidden_from_another_user(idle_client: PortalClient) -> None:
    with transaction(by=get_user("admin")):
        users.update_user(get_user("dodi"), {"first_name": "Dodi", "roles": ["Admin"]}, by=get_user("admin"))
    answer = idle_client.post("/users/add", data=TYPED)
    other = idle_client.post(answer.location, data={"username": "dodi", "password": PASSWORD})
    assert other.location == "/"
    assert "siti.baru" not in idle_client.get_page("/users/add?draft=1")
    idle_client.post("/logout/")
    log_in(idle_client, "admin")
    assert "siti.baru" in idle_client.get_page("/users/add?draft=1")


@pytest.mark.parametrize(
    ("path", "field", "text"),
    [("/profile/", "first_name", "Nama Baru"), ("/caseload/", "reason", "Cuti panjang")],
)
def test_forms_without_a_record_are_kept_as_drafts(
    idle_client: PortalClient, path: str, field: str, text: str
) -> None:
    answer = idle_client.post(path, data={field: text})
    back = idle_client.post(answer.location, data={"username": "admin", "password": PASSWORD})
    assert back.location == f"{path}?draft=1"
    assert text in idle_client.get_page(back.location)
    assert text not in idle_client.get_page(path)


def test_a_form_in_another_tab_can_still_be_sent_after_the_log_in(idle_client: PortalClient) -> None:
    idle_client.get("/login/")
    with idle_client.session_transaction() as session:
        token = session["csrf_token"]
    log_in(idle_client, "admin")
    with idle_client.session_transaction() as session:
        assert session["csrf_token"] == token


def test_post_without_csrf_token_keeps_no_draft(idle_client: PortalClient) -> None:
    assert idle_client.post("/users/add", data=TYPED, csrf=False).status_code == 400
    assert db.session.scalars(select(FormDraft)).all() == []


def test_draft_contains_no_password(idle_client: PortalClient) -> None:
    typed = {"old_password": PASSWORD, "new_password": "secret", "conf_password": "secret"}
    idle_client.post("/password/", data=typed)
    assert [draft.fields for draft in db.session.scalars(select(FormDraft))] == [{}]


def test_transition_after_a_pause_is_not_made(idle_client: PortalClient) -> None:
    rina = get_user("rina")
    answer = idle_client.post(
        f"/users/{rina.id}/deactivate", data={"version": rina.version}, headers={"Referer": "/users/list/"}
    )
    assert answer.location == "/login/?next=/users/list/"
    assert get_user("rina").active
    assert db.session.scalars(select(FormDraft)).all() == []


def test_get_after_a_pause_keeps_no_draft(idle_client: PortalClient) -> None:
    for send in (idle_client.get, idle_client.head):
        assert send("/users/add").location == "/login/?next=/users/add"
    assert db.session.scalars(select(FormDraft)).all() == []


def test_api_request_after_a_pause_is_refused(idle_client: PortalClient) -> None:
    assert idle_client.get("/api/v1/search?q=a").status_code == 401


def test_a_password_change_ends_the_other_sessions(anonymous_client: PortalClient, as_user: AsUser) -> None:
    elsewhere = as_user("rina")
    log_in(anonymous_client)
    new = "kuda lumping naik perahu"
    typed = {"old_password": PASSWORD, "new_password": new, "conf_password": new}
    assert anonymous_client.post("/password/", data=typed).status_code == 302
    assert anonymous_client.get("/profile/").status_code == 200
    ended = elsewhere.get("/profile/")
    assert ended.location == "/login/?next=/profile/"
    assert 'role="status"' in elsewhere.get_page(ended.location)
    assert log_in(elsewhere).status_code == 200
    assert log_in(elsewhere, password=new).status_code == 302


def test_session_of_an_account_that_was_closed_stays_ended_when_it_is_reopened(as_user: AsUser) -> None:
    rina, admin = as_user("rina"), get_user("admin")
    assert rina.get("/profile/").status_code == 200
    with transaction(by=admin):
        users.deactivate(get_user("rina"), by=admin)
        users.activate(get_user("rina"), by=admin)
    assert rina.get("/profile/").location == "/login/?next=/profile/"


def test_inactive_user_has_no_session_even_with_an_open_row(as_user: AsUser) -> None:
    rina = as_user("rina")
    with transaction(by=get_user("admin")):
        get_user("rina").active = False
    assert rina.get("/profile/").location == "/login/?next=/profile/"


def test_deactivated_user_cannot_log_in_and_sees_why(anonymous_client: PortalClient) -> None:
    with transaction(by=get_user("admin")):
        users.deactivate(get_user("rina"), by=get_user("admin"))
    answer = log_in(anonymous_client)
    assert answer.status_code == 200
    assert "Akun ini telah dinonaktifkan." in answer.text
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0


def test_log_in_by_another_user_does_not_open_the_previous_page(idle_client: PortalClient) -> None:
    assert log_in(idle_client, "rina", target="/users/list/").location == "/"


def test_deactivation_ends_the_session_at_the_next_request(
    anonymous_client: PortalClient, people: object
) -> None:
    log_in(anonymous_client)
    rina: PortalUser = get_user("rina")
    with transaction(by=get_user("admin")):
        users.deactivate(rina, by=get_user("admin"))
    assert anonymous_client.post("/profile/", data={"first_name": "Somebody"}).location == "/login/"
    assert get_user("rina").full_name == "Rina Kusuma"
    assert log_in(anonymous_client).status_code == 200
