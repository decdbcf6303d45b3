"""The log-in of programs: the same accounts, the same locks."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from app.core.unit import unit
from app.security import services
from tests.support.client import PortalClient
from tests.support.portal import PASSWORD, person


def token_for(client: PortalClient, password: str = PASSWORD, username: str = "rina") -> TestResponse:
    sent = {"username": username, "password": password, "provider": "db", "refresh": True}
    return client.post("/api/v1/security/login", json=sent)


def renewed(client: PortalClient, token: str) -> int:
    header = {"Authorization": f"Bearer {token}"}
    return client.post("/api/v1/security/refresh", headers=header).status_code


def test_a_program_logs_in(nobody: PortalClient) -> None:
    answer = token_for(nobody)
    assert answer.status_code == 200
    assert renewed(nobody, answer.json["refresh_token"]) == 200


def test_five_wrong_passwords_of_a_program_lock_the_account(nobody: PortalClient) -> None:
    for _attempt in range(5):
        assert token_for(nobody, "wrong").status_code == 401
    assert token_for(nobody).status_code == 401
    assert person("rina").locked_at is not None


def test_after_too_many_wrong_attempts_a_program_has_to_wait(nobody: PortalClient) -> None:
    answers = [token_for(nobody, "wrong", f"user{number}").status_code for number in range(21)]
    assert answers == [401] * 20 + [429]


@pytest.mark.parametrize("text", ["rina\0", "\ud800", "", " ", "x" * 100_000, "rina' --", "\udcff\udcfe"])
def test_odd_names_and_passwords_of_a_program_are_wrong_ones(nobody: PortalClient, text: str) -> None:
    for sent in ({"username": text}, {"password": text}):
        assert token_for(nobody, **sent).status_code in (400, 401)


def test_a_bottomless_answer_of_a_program_is_a_bad_request(nobody: PortalClient) -> None:
    sent = "[" * 100_000
    assert (
        nobody.post("/api/v1/security/login", data=sent, content_type="application/json").status_code == 400
    )


@pytest.mark.parametrize("value", [None, 5, ["rina"], {"a": 1}, True])
def test_what_is_no_text_is_no_log_in(nobody: PortalClient, value: object) -> None:
    for name in ("username", "password", "provider"):
        sent = {"username": "rina", "password": PASSWORD, "provider": "db", name: value}
        assert nobody.post("/api/v1/security/login", json=sent).status_code == 400
    assert nobody.post("/api/v1/security/login", json=value).status_code == 400


@pytest.mark.parametrize("verb", [services.deactivate, services.reset_password])
def test_a_token_ends_with_the_password_and_with_the_account(
    nobody: PortalClient, verb: Callable[..., object]
) -> None:
    token = token_for(nobody).json["refresh_token"]
    with unit(by=person("admin")) as _session:
        verb(person("rina"), by=person("admin"))
    assert renewed(nobody, token) == 401
