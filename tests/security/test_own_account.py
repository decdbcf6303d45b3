"""A user's own name, password and language."""

from collections.abc import Callable

import pytest
from flask import template_rendered
from flask_babel import get_locale

from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.portal import PASSWORD, get_user

AsUser = Callable[[str], PortalClient]
OWN_PASSWORD = "kuda lumping naik perahu"


def page_language(client: PortalClient, path: str) -> str:
    """Return the locale in which the page is rendered."""
    locales: list[str] = []

    def record_locale(_app: object, **_more: object) -> None:
        locales.append(str(get_locale()))

    with template_rendered.connected_to(record_locale):
        assert client.get(path).status_code == 200
    return locales[0]


each_role = pytest.mark.parametrize("username", ["admin", "rina", "kabid"])


@each_role
def test_everybody_changes_the_own_name(as_user: AsUser, username: str) -> None:
    client = as_user(username)
    assert f'value="{get_user(username).full_name}"' in client.get_page("/profile/")
    assert client.post("/profile/", data={"first_name": "  Nama   Baru "}).status_code == 302
    assert get_user(username).full_name == "Nama Baru"


def test_name_cannot_be_empty(as_user: AsUser) -> None:
    answer = as_user("rina").post("/profile/", data={"first_name": "  "})
    assert answer.status_code == 200
    assert "has-error" in answer.text


@each_role
def test_everybody_changes_the_own_password(anonymous_client: PortalClient, username: str) -> None:
    log_in(anonymous_client, username)
    typed = {"old_password": PASSWORD, "new_password": OWN_PASSWORD, "conf_password": OWN_PASSWORD}
    assert anonymous_client.post("/password/", data=typed).status_code == 302
    anonymous_client.post("/logout/")
    assert log_in(anonymous_client, username).status_code == 200
    assert log_in(anonymous_client, username, OWN_PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("old_password", "wrong"),
        ("new_password", "password1234"),
        ("conf_password", "another one"),
        ("new_password", ""),
    ],
)
def test_refused_password_is_reported_beside_its_field_and_never_echoed(
    as_user: AsUser, field: str, text: str
) -> None:
    typed = {
        "old_password": PASSWORD,
        "new_password": OWN_PASSWORD,
        "conf_password": OWN_PASSWORD,
        field: text,
    }
    if field == "new_password":
        typed["conf_password"] = text
    client = as_user("rina")
    answer = client.post("/password/", data=typed)
    assert answer.status_code == 200
    assert f'id="{field}-error"' in answer.text
    assert PASSWORD not in answer.text
    assert client.get("/profile/").status_code == 200


def test_the_language_is_chosen_by_post_and_remembered(
    as_user: AsUser, anonymous_client: PortalClient
) -> None:
    client = as_user("rina")
    assert page_language(client, "/profile/") == "id"
    answer = client.post(
        "/language", data={"language": "en"}, headers={"Referer": "http://localhost/profile/"}
    )
    assert answer.location == "/profile/"
    assert page_language(client, "/profile/") == "en"
    assert get_user("rina").language == "en"
    log_in(anonymous_client)
    assert page_language(anonymous_client, "/profile/") == "en"


def test_log_in_page_is_available_in_both_languages(anonymous_client: PortalClient) -> None:
    assert page_language(anonymous_client, "/login/") == "id"
    assert anonymous_client.post("/language", data={"language": "en"}).location == "/"
    assert page_language(anonymous_client, "/login/") == "en"


@pytest.mark.parametrize("language", ["xx", "", "../../etc", "ID"])
def test_unknown_language_is_refused(as_user: AsUser, language: str) -> None:
    client = as_user("rina")
    assert client.post("/language", data={"language": language}).status_code == 400
    assert page_language(client, "/profile/") == "id"


def test_choosing_a_language_redirects_to_no_other_host(anonymous_client: PortalClient) -> None:
    answer = anonymous_client.post(
        "/language", data={"language": "en"}, headers={"Referer": "https://evil.example/"}
    )
    assert answer.location == "/"
