"""Wrong passwords lock an account; an administrator opens it."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.audit.models import AuditEntry
from app.extensions import db
from app.security import passwords
from app.security.models import PortalUser
from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.portal import PASSWORD, person

AsUser = Callable[[str], PortalClient]


def fail(client: PortalClient, times: int) -> str:
    text = ""
    for _attempt in range(times):
        text = log_in(client, password="wrong").text
    return text


def test_the_fifth_wrong_password_locks_the_account_and_says_whom_to_ask(nobody: PortalClient) -> None:
    assert person("rina").locked_at is None
    first, fifth = fail(nobody, 1), fail(nobody, 4)
    assert first != fifth
    assert person("rina").locked_at is not None
    answer = log_in(nobody)
    assert answer.status_code == 200
    assert "administrator" in answer.text


def test_a_right_password_forgets_the_wrong_ones(nobody: PortalClient) -> None:
    fail(nobody, 4)
    log_in(nobody)
    nobody.post("/logout/")
    fail(nobody, 4)
    assert log_in(nobody).status_code == 302


def test_an_administrator_unlocks(nobody: PortalClient, as_user: AsUser) -> None:
    fail(nobody, 5)
    rina = person("rina")
    page = as_user("admin").get(f"/users/show/{rina.id}")
    assert f"/users/{rina.id}/unlock" in page.text
    answer = as_user("admin").post(f"/users/{rina.id}/unlock", data={"version": rina.version})
    assert answer.status_code == 302
    assert log_in(nobody).status_code == 302


def test_nobody_else_unlocks(nobody: PortalClient, as_user: AsUser) -> None:
    fail(nobody, 5)
    rina = person("rina")
    for username in ("dodi", "kabid"):
        answer = as_user(username).post(f"/users/{rina.id}/unlock", data={"version": rina.version})
        assert answer.status_code == 403
    assert person("rina").locked_at is not None


def test_an_open_account_cannot_be_unlocked(as_user: AsUser) -> None:
    rina = person("rina")
    answer = as_user("admin").post(f"/users/{rina.id}/unlock", data={"version": rina.version})
    assert answer.status_code == 409


def test_somebody_at_work_stays_at_work_while_a_stranger_guesses(
    nobody: PortalClient, as_user: AsUser
) -> None:
    working = as_user("rina")
    fail(nobody, 5)
    assert working.get("/profile/").status_code == 200


OWN = "kuda lumping naik perahu"


def change(client: PortalClient, old: str) -> TestResponse:
    return client.post("/password/", data={"old_password": old, "new_password": OWN, "conf_password": OWN})


def test_wrong_present_passwords_count_like_refused_log_ins(nobody: PortalClient, as_user: AsUser) -> None:
    thief, elsewhere = as_user("rina"), as_user("rina")
    for _attempt in range(4):
        assert change(thief, "wrong").status_code == 200
    assert person("rina").locked_at is None
    fifth = change(thief, "wrong")
    assert fifth.location == "/login/"
    assert "administrator" in thief.get(fifth.location).text
    assert person("rina").locked_at is not None
    for client in (thief, elsewhere):
        assert client.get("/profile/").location.startswith("/login/")
    assert log_in(nobody).status_code == 200
    last = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(9)).all()
    assert [action.name for action in last].count("login_failed") == 6


def test_log_ins_and_the_present_password_are_counted_together(nobody: PortalClient, as_user: AsUser) -> None:
    working = as_user("rina")
    fail(nobody, 3)
    assert change(working, "wrong").status_code == 200
    assert change(working, "wrong").location == "/login/"


def test_a_locked_account_takes_no_new_password_and_stays_at_work(
    nobody: PortalClient, as_user: AsUser
) -> None:
    working = as_user("rina")
    fail(nobody, 5)
    answer = change(working, PASSWORD)
    assert answer.status_code == 200
    assert 'id="old_password-error"' in answer.text
    assert working.get("/profile/").status_code == 200


def test_a_password_that_is_replaced_while_it_is_checked_opens_nothing(
    nobody: PortalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = passwords.matches

    def slowly(kept: str | None, password: str) -> bool:
        right = checked(kept, password)
        with db.engine.begin() as other:
            other.execute(
                PortalUser.__table__.update().where(PortalUser.username == "rina").values(password="new")
            )
        return right

    monkeypatch.setattr(passwords, "matches", slowly)
    assert log_in(nobody).status_code == 200
    assert nobody.get("/profile/").status_code == 302
    assert person("rina").locked_at is None


@pytest.mark.parametrize("username", ["rina", "nobody.at.all", "tidak ada", "x" * 64])
def test_a_name_costs_one_hash_whether_somebody_has_it_or_not(
    nobody: PortalClient, monkeypatch: pytest.MonkeyPatch, username: str
) -> None:
    checked: list[str] = []
    check = passwords.check_password_hash

    def counted(kept: str, password: str) -> bool:
        checked.append(kept.partition("$")[0])
        return check(kept, password)

    monkeypatch.setattr(passwords, "check_password_hash", counted)
    log_in(nobody, username, "wrong")
    assert checked == [person("rina").password.partition("$")[0]]


def test_one_who_floods_an_address_does_not_lock_its_office_out(
    nobody: PortalClient, as_user: AsUser
) -> None:
    office = as_user("rina")
    office.post("/logout/")
    for number in range(30):
        last = log_in(nobody, f"user{number}", "wrong")
    assert last.status_code == 429
    assert log_in(nobody).status_code == 429
    assert log_in(office).status_code == 302


def test_a_known_device_has_to_wait_too(nobody: PortalClient) -> None:
    log_in(nobody)
    nobody.post("/logout/")
    answers = [log_in(nobody, f"user{number}", "wrong").status_code for number in range(21)]
    assert answers == [200] * 20 + [429]
