"""Wrong passwords lock an account; an administrator opens it."""

from collections.abc import Callable

from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.portal import person

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
