"""Session rows: devices, expiry, and how a session ends for good."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select, update

from app import create_app
from app.admin.drafts import FormDraft
from app.audit.models import AuditEntry
from app.cli import main
from app.db.transaction import transaction
from app.extensions import db
from app.security.models import LoginAttempt, UserSession
from app.security.services import users
from config import load
from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.fixed_clock import advance_machine_clock, machine_clock, machine_now
from tests.support.portal import PASSWORD, PortalInstance, get_user

AsUser = Callable[[str], PortalClient]
TYPED = {"first_name": "Nama Baru"}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def list_sessions() -> list[UserSession]:
    return list(db.session.scalars(select(UserSession).order_by(UserSession.id)))


def test_log_in_adds_a_row_without_token_and_device_token(anonymous_client: PortalClient, app: Flask) -> None:
    anonymous_client.post(
        "/login/", data={"username": "rina", "password": PASSWORD}, headers={"User-Agent": FIREFOX}
    )
    (row,) = list_sessions()
    with anonymous_client.session_transaction() as session:
        token = session["_user_id"]
    device = anonymous_client.get_cookie(app.config["DEVICE_COOKIE_NAME"])
    assert device is not None
    assert (row.user_id, row.device) == (get_user("rina").id, "Firefox, Windows")
    assert len(token) == len(device.value) == 43
    assert {token, device.value} & {str(value) for value in vars(row).values()} == set()


def test_cookie_does_not_contain_the_user_id(anonymous_client: PortalClient) -> None:
    log_in(anonymous_client)
    with anonymous_client.session_transaction() as session:
        assert set(session) <= {"_user_id", "_fresh", "_id", "_flashes", "csrf_token", "locale"}
        assert session["_user_id"] != str(get_user("rina").id)


def test_a_cookie_that_was_copied_before_the_log_out_opens_nothing_after_a_restart(
    portal_instance: PortalInstance, anonymous_client: PortalClient
) -> None:
    log_in(anonymous_client)
    copied = anonymous_client.get_cookie("siaga")
    assert copied is not None
    anonymous_client.post("/logout/")
    restarted = create_app(portal_instance.app.extensions["siaga_settings"]).test_client()
    restarted.set_cookie("siaga", copied.value)
    assert restarted.get("/profile/").location.startswith("/login/")


@pytest.mark.both_databases
def test_session_ends_after_twelve_hours_and_typed_values_are_kept(
    anonymous_client: PortalClient,
) -> None:
    log_in(anonymous_client)
    with machine_clock(machine_now(), ticking=False) as clock:
        for _half_hour in range(24):
            clock.shift(timedelta(minutes=29, seconds=59))
            assert anonymous_client.get("/profile/").status_code == 200
        clock.shift(timedelta(minutes=1))
        answer = anonymous_client.post("/profile/", data=TYPED)
        assert answer.location == "/login/?next=/profile/?draft%3D1"
        assert "12 jam" in anonymous_client.get(answer.location).text
        assert log_in(anonymous_client, target="/profile/?draft=1").location == "/profile/?draft=1"
        assert "Nama Baru" in anonymous_client.get("/profile/?draft=1").text


def _log_out(client: PortalClient) -> None:
    client.post("/logout/")


def _reset_password(_client: PortalClient) -> None:
    with transaction(by=get_user("admin")):
        users.reset_password(get_user("rina"), by=get_user("admin"))


def _deactivate(_client: PortalClient) -> None:
    with transaction(by=get_user("admin")):
        users.deactivate(get_user("rina"), by=get_user("admin"))


@pytest.mark.parametrize("end", [_log_out, _reset_password, _deactivate])
def test_form_sent_in_an_ended_session_is_neither_saved_nor_kept_as_a_draft(
    as_user: AsUser, end: Callable[[PortalClient], None]
) -> None:
    rina = as_user("rina")
    cookie = rina.get_cookie("siaga")
    assert cookie is not None
    end(rina)
    rina.set_cookie("siaga", cookie.value)  # a copy
    assert rina.post("/profile/", data=TYPED).location == "/login/"
    assert get_user("rina").full_name == "Rina Kusuma"
    assert db.session.scalar(select(func.count(FormDraft.id))) == 0


def test_use_of_a_session_changes_neither_version_nor_audit_log(as_user: AsUser) -> None:
    rina = as_user("rina")
    before, lines = list_sessions()[0], db.session.scalar(select(func.count(AuditEntry.id)))
    last_seen, version = before.last_seen_at, before.version
    db.session.rollback()
    rina.get("/profile/")
    assert list_sessions()[0].last_seen_at == last_seen
    with advance_machine_clock(timedelta(minutes=2)):
        rina.get("/profile/")
    (after,) = list_sessions()
    assert after.last_seen_at > last_seen + timedelta(minutes=1)
    assert after.version == version
    assert db.session.scalar(select(func.count(AuditEntry.id))) == lines


@pytest.mark.both_databases
def test_the_session_is_read_in_the_statement_that_loads_the_user(
    as_user: AsUser, capture_statements: Callable[..., object]
) -> None:
    rina = as_user("rina")
    with capture_statements() as sent:  # type: ignore[attr-defined]
        assert rina.get("/password/").status_code == 200
    assert len([one for one in sent if "user_session" in one]) == 1
    assert len([one for one in sent if "ab_user" in one]) == 1


@pytest.mark.parametrize("username", ["admin", "rina", "kabid"])
def test_everybody_lists_and_ends_the_own_sessions(as_user: AsUser, username: str) -> None:
    here, elsewhere, other = as_user(username), as_user(username), as_user("dodi")
    mine = [row for row in list_sessions() if row.user_id == get_user(username).id]
    page = here.get("/sessions/list/").text
    assert page.count("Chrome, Android") == 2
    address = f"/sessions/{mine[1].id}/end"
    assert address in here.get(f"/sessions/show/{mine[1].id}").text
    assert here.post(address, data={"version": mine[1].version}).status_code == 302
    assert elsewhere.get("/profile/").location.startswith("/login/")
    assert here.get("/profile/").status_code == 200
    assert here.post(address, data={"version": mine[1].version}).status_code == 409
    assert other.get("/profile/").status_code == 200


def test_sessions_of_others_cannot_be_seen_or_ended(as_user: AsUser) -> None:
    rina, admin = as_user("rina"), as_user("admin")
    row = list_sessions()[0]
    assert row.user_id == get_user("rina").id
    assert admin.get(f"/sessions/show/{row.id}").status_code == 404
    assert admin.post(f"/sessions/{row.id}/end", data={"version": row.version}).status_code == 404
    assert rina.get("/profile/").status_code == 200


@pytest.mark.both_databases
def test_sessions_are_deleted_after_ninety_days_and_failed_attempts_after_one(
    anonymous_client: PortalClient,
) -> None:
    log_in(anonymous_client)
    log_in(anonymous_client, "dodi", "wrong")
    anonymous_client.post("/logout/")
    log_in(anonymous_client, "dodi", "wrong")
    assert db.session.scalar(select(func.count(LoginAttempt.key))) == 1
    with transaction(by=get_user("admin")) as session:
        session.execute(update(UserSession).values(last_seen_at=machine_now() - timedelta(days=90, hours=1)))
    with advance_machine_clock(timedelta(days=1, minutes=1)):
        log_in(anonymous_client)
    assert [row.user_id for row in list_sessions()] == [get_user("rina").id]
    assert list_sessions()[0].last_seen_at > machine_now()
    assert db.session.scalar(select(func.count(LoginAttempt.key))) == 0


def _reset_to_temporary_password(username: str = "rina") -> str:
    with transaction(by=get_user("admin")):
        return users.reset_password(get_user(username), by=get_user("admin")).temporary_password


def test_temporary_password_expires_after_72_hours(anonymous_client: PortalClient) -> None:
    password = _reset_to_temporary_password()
    with advance_machine_clock(timedelta(hours=72, seconds=1)):
        answer = log_in(anonymous_client, password=password)
        assert answer.status_code == 200
        assert "72 jam" in answer.text
    assert log_in(anonymous_client, password=password).status_code == 302


def test_own_password_does_not_expire(anonymous_client: PortalClient) -> None:
    password, own = _reset_to_temporary_password(), "kuda lumping naik perahu"
    log_in(anonymous_client, password=password)
    typed = {"old_password": password, "new_password": own, "conf_password": own}
    assert anonymous_client.post("/password/", data=typed).status_code == 302
    with advance_machine_clock(timedelta(days=365)):
        assert log_in(anonymous_client, password=own).status_code == 302


def test_password_of_the_first_administrator_does_not_expire(tmp_path: object) -> None:
    env = {"SIAGA_INSTANCE_DIR": str(tmp_path), "SIAGA_TESTING": "1"}
    printed = CliRunner().invoke(main, ["init"], env=env).output
    password = printed.partition("   password ")[2].split()[0]
    browser = create_app(load(env)).test_client()
    with advance_machine_clock(timedelta(days=365)):
        page = browser.get("/login/").text
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        typed = {"username": "admin", "password": password, "csrf_token": token}
        assert browser.post("/login/", data=typed).location in ("/", "/password/")


def test_unlock_command_unlocks_the_account(
    portal_instance: PortalInstance, anonymous_client: PortalClient
) -> None:
    for _attempt in range(5):
        log_in(anonymous_client, password="wrong")
    assert log_in(anonymous_client).status_code == 200
    done = _run_siaga(portal_instance, "unlock", "rina")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[1:] == ["rina may log in now."]  # after the name of the database
    assert log_in(anonymous_client).status_code == 302


def test_reset_command_sets_a_new_password_and_ends_the_sessions(
    portal_instance: PortalInstance, as_user: AsUser
) -> None:
    rina = as_user("rina")
    done = _run_siaga(portal_instance, "reset-password", "rina")
    password = done.output.split()[-1]
    assert done.exit_code == 0
    assert rina.get("/profile/").location.startswith("/login/")
    assert log_in(rina, password=password).location == "/"
    assert rina.get("/").location == "/password/"


@pytest.mark.parametrize("command", ["unlock", "reset-password"])
def test_unknown_user_name_is_reported(portal_instance: PortalInstance, app: Flask, command: str) -> None:
    done = _run_siaga(portal_instance, command, "nobody.at.all")
    assert done.exit_code == 2


def _run_siaga(instance: PortalInstance, *arguments: str):  # type: ignore[no-untyped-def]
    db.session.rollback()
    settings = instance.app.extensions["siaga_settings"]
    address = settings.database.render_as_string(hide_password=False)
    env = {"SIAGA_INSTANCE_DIR": str(settings.instance), "SIAGA_DATABASE_URL": address}
    return CliRunner().invoke(main, arguments, env=env)
