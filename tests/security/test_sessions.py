"""Sessions fall asleep and wake up with what was typed; some end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.receipts import FormDraft
from app.core.unit import unit
from app.extensions import db
from app.security import services
from app.security.models import PortalUser
from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.now import Traveller, machine_clock, machine_now
from tests.support.portal import PASSWORD, person

AsUser = Callable[[str], PortalClient]
TYPED = {"first_name": "Siti", "username": "siti.baru", "roles": "Peksos", "form_key": "k" * 43}


@pytest.fixture
def clock() -> Traveller:
    """The machine's clock, to be put forward."""
    with machine_clock(machine_now(), ticking=False) as traveller:
        yield traveller


def test_a_session_lasts_while_it_is_used(nobody: PortalClient, clock: Traveller) -> None:
    log_in(nobody)
    for _page in range(4):
        clock.shift(timedelta(minutes=29))
        assert nobody.get("/profile/").status_code == 200


def test_after_thirty_minutes_the_user_is_asked_to_log_in_again(
    nobody: PortalClient, clock: Traveller
) -> None:
    log_in(nobody)
    clock.shift(timedelta(minutes=31))
    answer = nobody.get("/profile/?x=1")
    assert answer.location == "/login/?next=/profile/?x%3D1"
    assert "Anda otomatis keluar karena 30 menit tanpa kegiatan." in nobody.get_page(answer.location)
    assert log_in(nobody, target="/profile/?x=1").location == "/profile/?x=1"


@pytest.fixture
def asleep(nobody: PortalClient, clock: Traveller) -> PortalClient:
    """The administrator's browser, left open for an hour."""
    log_in(nobody, "admin")
    clock.shift(timedelta(minutes=60))
    return nobody


def test_what_is_sent_after_a_pause_is_not_done_but_kept(asleep: PortalClient) -> None:
    answer = asleep.post("/users/add", data=TYPED)
    assert answer.location.startswith("/login/?next=/users/add")
    assert services.user_named("siti.baru") is None
    back = asleep.post(answer.location, data={"username": "admin", "password": PASSWORD})
    assert back.location == "/users/add?draft=1"
    page = asleep.get_page(back.location)
    assert 'value="siti.baru"' in page
    assert 'value="Siti"' in page
    assert asleep.post("/users/add", data=TYPED).status_code == 200  # the page that tells the password
    assert services.user_named("siti.baru") is not None
    assert db.session.scalars(select(FormDraft)).all() == []


def test_a_long_address_leads_to_the_log_in_and_back_all_the_same(
    asleep: PortalClient, nobody: PortalClient
) -> None:
    answer = asleep.post(f"/users/add?x={'%C3%A4' * 600}", data=TYPED)
    assert answer.location == "/login/?next=/users/add?draft%3D1"
    assert asleep.get(answer.location).status_code == 200
    nobody.post("/logout/")
    assert nobody.get(f"/users/list/?q={'a' * 3000}").location == "/login/"


def test_nobody_else_sees_what_was_typed(asleep: PortalClient) -> None:
    with unit(by=person("admin")):
        services.update_user(person("dodi"), {"first_name": "Dodi", "roles": ["Admin"]}, by=person("admin"))
    answer = asleep.post("/users/add", data=TYPED)
    other = asleep.post(answer.location, data={"username": "dodi", "password": PASSWORD})
    assert other.location == "/"
    assert "siti.baru" not in asleep.get_page("/users/add?draft=1")
    asleep.post("/logout/")
    log_in(asleep, "admin")
    assert "siti.baru" in asleep.get_page("/users/add?draft=1")


@pytest.mark.parametrize(
    ("path", "field", "text"),
    [("/profile/", "first_name", "Nama Baru"), ("/caseload/", "reason", "Cuti panjang")],
)
def test_what_was_typed_into_a_form_about_oneself_is_kept_too(
    asleep: PortalClient, path: str, field: str, text: str
) -> None:
    answer = asleep.post(path, data={field: text})
    back = asleep.post(answer.location, data={"username": "admin", "password": PASSWORD})
    assert back.location == f"{path}?draft=1"
    assert text in asleep.get_page(back.location)
    assert text not in asleep.get_page(path)


def test_a_form_in_another_tab_can_still_be_sent_after_the_log_in(asleep: PortalClient) -> None:
    asleep.get("/login/")
    with asleep.session_transaction() as session:
        token = session["csrf_token"]
    log_in(asleep, "admin")
    with asleep.session_transaction() as session:
        assert session["csrf_token"] == token


def test_without_its_token_nothing_is_kept(asleep: PortalClient) -> None:
    assert asleep.post("/users/add", data=TYPED, csrf=False).status_code == 400
    assert db.session.scalars(select(FormDraft)).all() == []


def test_no_password_is_kept(asleep: PortalClient) -> None:
    typed = {"old_password": PASSWORD, "new_password": "secret", "conf_password": "secret"}
    asleep.post("/password/", data=typed)
    assert [draft.fields for draft in db.session.scalars(select(FormDraft))] == [{}]


def test_a_button_pressed_after_a_pause_does_nothing(asleep: PortalClient) -> None:
    rina = person("rina")
    answer = asleep.post(
        f"/users/{rina.id}/deactivate", data={"version": rina.version}, headers={"Referer": "/users/list/"}
    )
    assert answer.location == "/login/?next=/users/list/"
    assert person("rina").active
    assert db.session.scalars(select(FormDraft)).all() == []


def test_a_look_after_a_pause_keeps_nothing(asleep: PortalClient) -> None:
    for ask in (asleep.get, asleep.head):
        assert ask("/users/add").location == "/login/?next=/users/add"
    assert db.session.scalars(select(FormDraft)).all() == []


def test_a_script_is_refused_after_a_pause(asleep: PortalClient) -> None:
    assert asleep.get("/api/v1/search?q=a").status_code == 401


def test_a_password_change_ends_the_other_sessions(nobody: PortalClient, as_user: AsUser) -> None:
    elsewhere = as_user("rina")
    log_in(nobody)
    new = "kuda lumping naik perahu"
    typed = {"old_password": PASSWORD, "new_password": new, "conf_password": new}
    assert nobody.post("/password/", data=typed).status_code == 302
    assert nobody.get("/profile/").status_code == 200
    ended = elsewhere.get("/profile/")
    assert ended.location == "/login/?next=/profile/"
    assert 'role="status"' in elsewhere.get_page(ended.location)
    assert log_in(elsewhere).status_code == 200
    assert log_in(elsewhere, password=new).status_code == 302


def test_a_deactivated_user_is_out_at_the_next_click(nobody: PortalClient, people: object) -> None:
    log_in(nobody)
    rina: PortalUser = person("rina")
    with unit(by=person("admin")):
        services.deactivate(rina, by=person("admin"))
    assert nobody.post("/profile/", data={"first_name": "Somebody"}).location == "/login/"
    assert person("rina").full_name == "Rina Kusuma"
    assert log_in(nobody).status_code == 200
