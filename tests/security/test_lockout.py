"""Wrong passwords delay log-ins from the same address or device, and from no other."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.audit.models import AuditEntry
from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.extensions import db
from app.security.enums import UserState
from app.security.models import PortalUser
from app.security.rules import passwords
from app.security.services import lockout, users
from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.fixed_clock import advance_machine_clock, machine_clock, machine_now
from tests.support.portal import PASSWORD, get_user

AsUser = Callable[[str], PortalClient]


def fail_log_in(client: PortalClient, times: int) -> str:
    text = ""
    for _attempt in range(times):
        text = log_in(client, password="wrong").text
    return text


def alert_sentence(page: str) -> str:
    """Return the sentence of the alert above the form."""
    return page.partition('role="alert"')[2].partition("<p>")[2].partition("</p>")[0].strip()


def test_fifth_wrong_password_delays_the_log_in_for_a_while(anonymous_client: PortalClient) -> None:
    first, fifth = fail_log_in(anonymous_client, 1), fail_log_in(anonymous_client, 4)
    assert "tunggu" not in first
    assert "tunggu 1 menit" in fifth
    assert log_in(anonymous_client).status_code == 200
    with advance_machine_clock(timedelta(seconds=61)):
        assert log_in(anonymous_client).status_code == 302


def test_each_further_wrong_password_lengthens_the_delay_up_to_fifteen_minutes(
    anonymous_client: PortalClient,
) -> None:
    fail_log_in(anonymous_client, 4)
    with machine_clock(machine_now(), ticking=False) as clock:
        for minutes in (1, 2, 4, 8, 15, 15):
            assert f"tunggu {minutes} menit" in fail_log_in(anonymous_client, 1)
            clock.shift(timedelta(minutes=minutes, seconds=-1))
            assert log_in(anonymous_client).status_code == 200, "still locked"
            clock.shift(timedelta(seconds=2))
        assert log_in(anonymous_client).status_code == 302


def test_during_the_delay_right_and_wrong_passwords_get_the_same_answer(
    anonymous_client: PortalClient,
) -> None:
    fail_log_in(anonymous_client, 5)
    assert alert_sentence(log_in(anonymous_client).text) == alert_sentence(
        log_in(anonymous_client, password="wrong").text
    )


@pytest.mark.both_databases
def test_count_is_reset_after_a_day(anonymous_client: PortalClient) -> None:
    fail_log_in(anonymous_client, 4)
    with advance_machine_clock(timedelta(days=1, seconds=1)):
        assert "tunggu" not in fail_log_in(anonymous_client, 4)


def test_wrong_passwords_are_remembered_for_a_day(anonymous_client: PortalClient) -> None:
    fail_log_in(anonymous_client, 4)
    with advance_machine_clock(timedelta(hours=23, minutes=59)):
        assert "tunggu 1 menit" in fail_log_in(anonymous_client, 1)


@pytest.mark.parametrize("change", ["reset_password", "activate"])
def test_a_new_password_and_a_reopened_account_end_the_delay(
    anonymous_client: PortalClient, change: str
) -> None:
    fail_log_in(anonymous_client, 5)
    admin, rina = get_user("admin"), get_user("rina")
    with transaction(by=admin):
        if change == "activate":
            users.deactivate(rina, by=admin)
        getattr(users, change)(rina, by=admin)
    assert rina.state is UserState.active
    assert log_in(anonymous_client, password=rina.temporary_password or PASSWORD).status_code == 302


def test_during_the_delay_the_right_present_password_is_refused_too(app: Flask) -> None:
    rina_id = get_user("rina").id
    with transaction(by=SYSTEM):
        for _attempt in range(5):
            lockout.record_password_check(rina_id, "10.0.0.1", is_correct=False)
        refusal = lockout.record_password_check(rina_id, "10.0.0.1", is_correct=True)
        assert lockout.record_password_check(rina_id, "10.0.0.2", is_correct=True) is None
    assert refusal is not None
    assert refusal.is_locked


def test_another_spelling_of_the_name_gives_no_further_guesses(anonymous_client: PortalClient) -> None:
    pages = [
        log_in(anonymous_client, name, "wrong").text for name in ("rina", "Rina", "RINA", " rina ", "rINA")
    ]
    assert ["tunggu 1 menit" in page for page in pages] == [False] * 4 + [True]


def test_right_password_resets_the_count_of_wrong_ones(anonymous_client: PortalClient) -> None:
    fail_log_in(anonymous_client, 4)
    log_in(anonymous_client)
    anonymous_client.post("/logout/")
    fail_log_in(anonymous_client, 4)
    assert log_in(anonymous_client).status_code == 302


def test_one_address_locks_no_account_for_anybody_elsewhere(
    anonymous_client: PortalClient, app: Flask
) -> None:
    for username in ("admin", "rina", "dodi", "sari", "kabid"):
        for _attempt in range(4):
            log_in(anonymous_client, username, "wrong")
    for username in ("admin", "rina", "dodi", "sari", "kabid"):
        elsewhere = app.test_client()
        elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.7"
        answer = elsewhere.post("/login/", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 302


def test_the_addresses_of_one_ipv6_network_are_counted_together(app: Flask) -> None:
    for number in range(5):
        guesser = app.test_client()
        guesser.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{number + 1}"
        last = guesser.post("/login/", data={"username": "rina", "password": "wrong"})
    assert "tunggu 1 menit" in last.text


def test_a_device_on_which_the_user_was_logged_in_is_not_locked_by_strangers(
    anonymous_client: PortalClient, as_user: AsUser
) -> None:
    phone = as_user("rina")
    phone.post("/logout/")
    fail_log_in(anonymous_client, 5)  # the same address
    assert log_in(phone).status_code == 302


def test_device_is_known_only_for_users_who_logged_in_on_it(
    anonymous_client: PortalClient, as_user: AsUser
) -> None:
    computer = as_user("dodi")
    computer.post("/logout/")
    fail_log_in(anonymous_client, 5)
    assert log_in(computer).status_code == 200


def test_unknown_device_cookie_does_not_avoid_the_delay(app: Flask, anonymous_client: PortalClient) -> None:
    fail_log_in(anonymous_client, 5)
    anonymous_client.set_cookie(app.config["DEVICE_COOKIE_NAME"], "a" * 43)
    assert log_in(anonymous_client).status_code == 200


@pytest.mark.parametrize("username", ["rina", "nobody.at.all"])
def test_unknown_user_name_gets_the_same_sentences(anonymous_client: PortalClient, username: str) -> None:
    sentences = [alert_sentence(log_in(anonymous_client, username, "wrong").text) for _attempt in range(6)]
    wrong = "Nama pengguna atau kata sandi salah. Setelah 5 kali kata sandi salah, Anda harus menunggu."
    wait = "Terlalu banyak kata sandi salah: tunggu 1 menit, lalu coba lagi."
    assert sentences == [wrong] * 4 + [wait] * 2


def test_an_administrator_unlocks(anonymous_client: PortalClient, as_user: AsUser) -> None:
    fail_log_in(anonymous_client, 5)
    rina = get_user("rina")
    page = as_user("admin").get(f"/users/show/{rina.id}")
    assert f"/users/{rina.id}/unlock" in page.text
    answer = as_user("admin").post(f"/users/{rina.id}/unlock", data={"version": rina.version})
    assert answer.status_code == 302
    assert log_in(anonymous_client).status_code == 302


def test_only_administrators_unlock(anonymous_client: PortalClient, as_user: AsUser) -> None:
    fail_log_in(anonymous_client, 5)
    rina = get_user("rina")
    for username in ("dodi", "kabid"):
        answer = as_user(username).post(f"/users/{rina.id}/unlock", data={"version": rina.version})
        assert answer.status_code == 403
    assert get_user("rina").state is UserState.locked


def test_an_open_account_cannot_be_unlocked(as_user: AsUser) -> None:
    rina = get_user("rina")
    answer = as_user("admin").post(f"/users/{rina.id}/unlock", data={"version": rina.version})
    assert answer.status_code == 409


def test_session_in_use_continues_while_another_client_guesses(
    anonymous_client: PortalClient, as_user: AsUser
) -> None:
    working = as_user("rina")
    fail_log_in(anonymous_client, 5)
    assert working.get("/profile/").status_code == 200


OWN_PASSWORD = "kuda lumping naik perahu"


def change_password(client: PortalClient, old: str) -> TestResponse:
    return client.post(
        "/password/", data={"old_password": old, "new_password": OWN_PASSWORD, "conf_password": OWN_PASSWORD}
    )


def test_wrong_current_passwords_end_the_session_and_delay_its_device(
    anonymous_client: PortalClient, as_user: AsUser
) -> None:
    thief, elsewhere = as_user("rina"), as_user("rina")
    for _attempt in range(4):
        assert change_password(thief, "wrong").status_code == 200
    fifth = change_password(thief, "wrong")
    assert fifth.location == "/login/"
    assert "tunggu 1 menit" in thief.get(fifth.location).text
    assert thief.get("/profile/").location.startswith("/login/")
    assert log_in(thief).status_code == 200
    assert elsewhere.get("/profile/").status_code == 200
    assert log_in(anonymous_client).status_code == 302
    last = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(9)).all()
    assert [action.name for action in last].count("login_failed") == 6


def test_log_ins_and_the_present_password_are_counted_together(as_user: AsUser) -> None:
    working = as_user("rina")
    working.post("/logout/")
    fail_log_in(working, 3)
    assert log_in(working).status_code == 302
    for _attempt in range(4):
        assert change_password(working, "wrong").status_code == 200
    assert change_password(working, "wrong").location == "/login/"
    assert log_in(working).status_code == 200


def test_guesses_by_others_do_not_prevent_a_change_of_the_password(
    anonymous_client: PortalClient, as_user: AsUser
) -> None:
    working = as_user("rina")
    fail_log_in(anonymous_client, 5)
    assert change_password(working, PASSWORD).status_code == 302
    assert working.get("/profile/").status_code == 200


@pytest.mark.both_databases
def test_password_replaced_during_the_check_logs_nobody_in(
    anonymous_client: PortalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = passwords.is_correct_password

    def replace_and_check(kept: str | None, password: str) -> bool:
        right = checked(kept, password)
        with db.engine.begin() as other:
            other.execute(
                PortalUser.__table__.update().where(PortalUser.username == "rina").values(password="new")
            )
        return right

    monkeypatch.setattr(passwords, "is_correct_password", replace_and_check)
    assert log_in(anonymous_client).status_code == 200
    assert anonymous_client.get("/profile/").status_code == 302


@pytest.mark.parametrize("username", ["rina", "nobody.at.all", "tidak ada", "x" * 64])
def test_known_and_unknown_user_names_cost_one_hash(
    anonymous_client: PortalClient, monkeypatch: pytest.MonkeyPatch, username: str
) -> None:
    checked: list[str] = []
    check = passwords.check_password_hash

    def record_check(kept: str, password: str) -> bool:
        checked.append(kept.partition("$")[0])
        return check(kept, password)

    monkeypatch.setattr(passwords, "check_password_hash", record_check)
    log_in(anonymous_client, username, "wrong")
    assert checked == [get_user("rina").password.partition("$")[0]]


def test_flood_from_an_address_does_not_lock_out_its_known_devices(
    anonymous_client: PortalClient, as_user: AsUser
) -> None:
    office = as_user("rina")
    office.post("/logout/")
    for number in range(30):
        last = log_in(anonymous_client, f"user{number}", "wrong")
    assert last.status_code == 429
    assert log_in(anonymous_client).status_code == 429
    assert log_in(office).status_code == 302


def test_a_known_device_has_to_wait_too(anonymous_client: PortalClient) -> None:
    log_in(anonymous_client)
    anonymous_client.post("/logout/")
    answers = [log_in(anonymous_client, f"user{number}", "wrong").status_code for number in range(21)]
    assert answers == [200] * 20 + [429]
