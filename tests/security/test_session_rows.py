"""Sessions in the database: who is logged in where, until when, and how it ends for good."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select, update

from app import create_app
from app.audit.models import AuditEntry
from app.cli import main
from app.core.receipts import FormDraft
from app.core.unit import unit
from app.extensions import db
from app.security import services
from app.security.models import LoginAttempt, UserSession
from config import load
from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.now import machine_clock, machine_later, machine_now
from tests.support.portal import PASSWORD, Portal, person

AsUser = Callable[[str], PortalClient]
TYPED = {"first_name": "Nama Baru"}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def rows() -> list[UserSession]:
    return list(db.session.scalars(select(UserSession).order_by(UserSession.id)))


def test_a_log_in_is_a_row_that_holds_neither_token_nor_device_token(
    nobody: PortalClient, app: Flask
) -> None:
    nobody.post("/login/", data={"username": "rina", "password": PASSWORD}, headers={"User-Agent": FIREFOX})
    (row,) = rows()
    with nobody.session_transaction() as session:
        token = session["_user_id"]
    device = nobody.get_cookie(app.config["DEVICE_COOKIE_NAME"])
    assert device is not None
    assert (row.user_id, row.device) == (person("rina").id, "Firefox, Windows")
    assert len(token) == len(device.value) == 43
    assert {token, device.value} & {str(value) for value in vars(row).values()} == set()


def test_the_cookie_names_nobody(nobody: PortalClient) -> None:
    log_in(nobody)
    with nobody.session_transaction() as session:
        assert set(session) <= {"_user_id", "_fresh", "_id", "_flashes", "csrf_token", "locale"}
        assert session["_user_id"] != str(person("rina").id)


def test_a_cookie_that_was_copied_before_the_log_out_opens_nothing_after_a_restart(
    house: Portal, nobody: PortalClient
) -> None:
    log_in(nobody)
    copied = nobody.get_cookie("siaga")
    assert copied is not None
    nobody.post("/logout/")
    restarted = create_app(house.app.extensions["siaga_settings"]).test_client()
    restarted.set_cookie("siaga", copied.value)
    assert restarted.get("/profile/").location.startswith("/login/")


def test_after_twelve_hours_everybody_logs_in_again_and_nothing_typed_is_lost(nobody: PortalClient) -> None:
    log_in(nobody)
    with machine_clock(machine_now(), ticking=False) as clock:
        for _half_hour in range(24):
            clock.shift(timedelta(minutes=29, seconds=59))
            assert nobody.get("/profile/").status_code == 200
        clock.shift(timedelta(minutes=1))
        answer = nobody.post("/profile/", data=TYPED)
        assert answer.location == "/login/?next=/profile/?draft%3D1"
        assert "12 jam" in nobody.get(answer.location).text
        assert log_in(nobody, target="/profile/?draft=1").location == "/profile/?draft=1"
        assert "Nama Baru" in nobody.get("/profile/?draft=1").text


def _log_out(client: PortalClient) -> None:
    client.post("/logout/")


def _new_password(_client: PortalClient) -> None:
    with unit(by=person("admin")):
        services.reset_password(person("rina"), by=person("admin"))


def _deactivated(_client: PortalClient) -> None:
    with unit(by=person("admin")):
        services.deactivate(person("rina"), by=person("admin"))


@pytest.mark.parametrize("end", [_log_out, _new_password, _deactivated])
def test_what_is_sent_in_an_ended_session_is_neither_done_nor_kept(
    as_user: AsUser, end: Callable[[PortalClient], None]
) -> None:
    rina = as_user("rina")
    cookie = rina.get_cookie("siaga")
    assert cookie is not None
    end(rina)
    rina.set_cookie("siaga", cookie.value)  # a copy
    assert rina.post("/profile/", data=TYPED).location == "/login/"
    assert person("rina").full_name == "Rina Kusuma"
    assert db.session.scalar(select(func.count(FormDraft.id))) == 0


def test_use_is_noted_without_a_version_and_without_a_line_in_the_book(as_user: AsUser) -> None:
    rina = as_user("rina")
    before, lines = rows()[0], db.session.scalar(select(func.count(AuditEntry.id)))
    seen, version = before.last_seen_at, before.version
    db.session.rollback()
    rina.get("/profile/")
    assert rows()[0].last_seen_at == seen
    with machine_later(timedelta(minutes=2)):
        rina.get("/profile/")
    (after,) = rows()
    assert after.last_seen_at > seen + timedelta(minutes=1)
    assert after.version == version
    assert db.session.scalar(select(func.count(AuditEntry.id))) == lines


def test_the_session_is_read_in_the_statement_that_loads_the_user(
    as_user: AsUser, statements: Callable[..., object]
) -> None:
    rina = as_user("rina")
    with statements() as sent:  # type: ignore[attr-defined]
        assert rina.get("/password/").status_code == 200
    assert len([one for one in sent if "user_session" in one]) == 1
    assert len([one for one in sent if "ab_user" in one]) == 1


@pytest.mark.parametrize("username", ["admin", "rina", "kabid"])
def test_everybody_lists_and_ends_the_own_sessions(as_user: AsUser, username: str) -> None:
    here, elsewhere, other = as_user(username), as_user(username), as_user("dodi")
    mine = [row for row in rows() if row.user_id == person(username).id]
    page = here.get("/sessions/list/").text
    assert page.count("Chrome, Android") == 2
    address = f"/sessions/{mine[1].id}/end"
    assert address in here.get(f"/sessions/show/{mine[1].id}").text
    assert here.post(address, data={"version": mine[1].version}).status_code == 302
    assert elsewhere.get("/profile/").location.startswith("/login/")
    assert here.get("/profile/").status_code == 200
    assert here.post(address, data={"version": mine[1].version}).status_code == 409
    assert other.get("/profile/").status_code == 200


def test_nobody_sees_or_ends_the_sessions_of_others(as_user: AsUser) -> None:
    rina, admin = as_user("rina"), as_user("admin")
    row = rows()[0]
    assert row.user_id == person("rina").id
    assert admin.get(f"/sessions/show/{row.id}").status_code == 404
    assert admin.post(f"/sessions/{row.id}/end", data={"version": row.version}).status_code == 404
    assert rina.get("/profile/").status_code == 200


def test_rows_go_after_ninety_days_and_counts_of_wrong_passwords_after_one(nobody: PortalClient) -> None:
    log_in(nobody)
    log_in(nobody, "dodi", "wrong")
    nobody.post("/logout/")
    log_in(nobody, "dodi", "wrong")
    assert db.session.scalar(select(func.count(LoginAttempt.key))) == 1
    with unit(by=person("admin")) as session:
        session.execute(update(UserSession).values(last_seen_at=machine_now() - timedelta(days=90, hours=1)))
    with machine_later(timedelta(days=1, minutes=1)):
        log_in(nobody)
    assert [row.user_id for row in rows()] == [person("rina").id]
    assert rows()[0].last_seen_at > machine_now()
    assert db.session.scalar(select(func.count(LoginAttempt.key))) == 0


def _temporary(username: str = "rina") -> str:
    with unit(by=person("admin")):
        return services.reset_password(person(username), by=person("admin")).temporary_password


def test_a_temporary_password_ends_after_72_hours(nobody: PortalClient) -> None:
    password = _temporary()
    with machine_later(timedelta(hours=72, seconds=1)):
        answer = log_in(nobody, password=password)
        assert answer.status_code == 200
        assert "72 jam" in answer.text
    assert log_in(nobody, password=password).status_code == 302


def test_a_password_of_ones_own_does_not_end(nobody: PortalClient) -> None:
    password, own = _temporary(), "kuda lumping naik perahu"
    log_in(nobody, password=password)
    typed = {"old_password": password, "new_password": own, "conf_password": own}
    assert nobody.post("/password/", data=typed).status_code == 302
    with machine_later(timedelta(days=365)):
        assert log_in(nobody, password=own).status_code == 302


def test_the_first_administrators_password_does_not_end(tmp_path: object) -> None:
    env = {"SIAGA_INSTANCE_DIR": str(tmp_path), "SIAGA_TESTING": "1"}
    printed = CliRunner().invoke(main, ["init"], env=env).output
    password = printed.partition("   password ")[2].split()[0]
    browser = create_app(load(env)).test_client()
    with machine_later(timedelta(days=365)):
        page = browser.get("/login/").text
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        typed = {"username": "admin", "password": password, "csrf_token": token}
        assert browser.post("/login/", data=typed).location in ("/", "/password/")


def test_the_command_unlocks(house: Portal, nobody: PortalClient) -> None:
    for _attempt in range(5):
        log_in(nobody, password="wrong")
    assert log_in(nobody).status_code == 200
    done = _run(house, "unlock", "rina")
    assert (done.exit_code, done.output) == (0, "rina may log in now.\n")
    assert log_in(nobody).status_code == 302


def test_the_command_gives_a_new_password_and_ends_the_sessions(house: Portal, as_user: AsUser) -> None:
    rina = as_user("rina")
    done = _run(house, "reset-password", "rina")
    password = done.output.split()[-1]
    assert done.exit_code == 0
    assert rina.get("/profile/").location.startswith("/login/")
    assert log_in(rina, password=password).location == "/"
    assert rina.get("/").location == "/password/"


@pytest.mark.parametrize("command", ["unlock", "reset-password"])
def test_a_name_that_nobody_has_is_told(house: Portal, app: Flask, command: str) -> None:
    done = _run(house, command, "nobody.at.all")
    assert done.exit_code == 2


def _run(house: Portal, *arguments: str):  # type: ignore[no-untyped-def]
    db.session.rollback()
    settings = house.app.extensions["siaga_settings"]
    address = settings.database.render_as_string(hide_password=False)
    env = {"SIAGA_INSTANCE_DIR": str(settings.instance), "SIAGA_DATABASE_URL": address}
    return CliRunner().invoke(main, arguments, env=env)
