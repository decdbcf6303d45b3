"""Log-in and log-out: redirects, cookies, CSRF tokens and rate limits."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.admin.drafts import FormDraft
from app.extensions import db
from tests.support.client import PortalClient
from tests.support.fixed_clock import advance_machine_clock
from tests.support.portal import PASSWORD, PortalInstance


def log_in(
    client: PortalClient, username: str = "rina", password: str = PASSWORD, target: str | None = None
) -> TestResponse:
    query = {"next": target} if target is not None else {}
    return client.post("/login/", query_string=query, data={"username": username, "password": password})


def test_a_user_logs_in_and_opens_a_page(anonymous_client: PortalClient) -> None:
    assert log_in(anonymous_client).location == "/"
    assert anonymous_client.get("/profile/").status_code == 200
    assert anonymous_client.get("/login/").location == "/"


def test_a_user_name_may_be_written_in_capitals(anonymous_client: PortalClient) -> None:
    assert log_in(anonymous_client, " Rina ").location == "/"


def test_wrong_password_is_reported_and_the_name_stays(anonymous_client: PortalClient) -> None:
    answer = log_in(anonymous_client, password="something else")
    assert answer.status_code == 200
    assert 'value="rina"' in answer.text
    assert "something else" not in answer.text
    assert anonymous_client.get("/profile/").status_code == 302


def test_unknown_name_is_answered_like_a_wrong_password(anonymous_client: PortalClient) -> None:
    def alert_text(username: str) -> str:
        page = log_in(anonymous_client, username, "wrong").text
        return page[page.index('role="alert"') : page.index("</p>", page.index('role="alert"'))]

    assert alert_text("rina") == alert_text("nobody.at.all")


@pytest.mark.parametrize("password", ["", "\0", "x" * 100_000])
def test_odd_passwords_are_wrong_passwords(anonymous_client: PortalClient, password: str) -> None:
    assert log_in(anonymous_client, password=password).status_code == 200


@pytest.mark.parametrize("path", ["/", "/profile/", "/password/", "/users/list/", "/users/add", "/back"])
def test_every_page_redirects_anonymous_users_to_the_log_in(
    anonymous_client: PortalClient, path: str
) -> None:
    answer = anonymous_client.get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/login/")


def test_log_in_redirects_to_the_requested_page(anonymous_client: PortalClient) -> None:
    page = anonymous_client.get("/profile/?x=1")
    answer = anonymous_client.post(page.location, data={"username": "rina", "password": PASSWORD})
    assert answer.location == "/profile/?x=1"


def test_an_address_of_this_host_is_followed_as_a_path(anonymous_client: PortalClient) -> None:
    assert log_in(anonymous_client, target="http://localhost/profile/").location == "/profile/"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "https://evil.example/profile/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "http:evil.example",
        "http://localhost.evil.example/",
        "http://localhost@evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example/",
        "/login/?next=/login/",
        "/logout/",
        "http://[::1",
        "//[",
        "",
    ],
)
def test_next_address_never_leaves_the_portal(anonymous_client: PortalClient, target: str) -> None:
    assert log_in(anonymous_client, target=target).location == "/"
    assert anonymous_client.get("/login/", query_string={"next": target}).location == "/"


@pytest.mark.parametrize("target", ["/logout/", "/login/", "/login/?next=/profile/"])
def test_log_in_redirects_neither_to_itself_nor_to_the_log_out(
    anonymous_client: PortalClient, target: str
) -> None:
    assert log_in(anonymous_client, target=target).location == "/"


def test_forged_host_is_in_no_redirect(anonymous_client: PortalClient) -> None:
    answer = anonymous_client.get("/profile/", headers={"Host": "evil.example"})
    assert answer.location.startswith("/login/")
    assert "evil" not in answer.location


def test_log_in_starts_a_new_session(anonymous_client: PortalClient) -> None:
    with anonymous_client.session_transaction() as session:
        session["planted"], session["csrf_token"] = "by somebody", "known to somebody"
    log_in(anonymous_client)
    with anonymous_client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != "known to somebody"


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(anonymous_client: PortalClient) -> None:
    cookie = log_in(anonymous_client).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie  # the test runs on plain HTTP


def test_get_request_does_not_log_out(as_user: object) -> None:
    client = as_user("rina")  # type: ignore[operator]
    assert client.get("/logout/").status_code == 405
    assert client.get("/profile/").status_code == 200


def test_a_log_out_ends_the_session(portal_instance: PortalInstance, anonymous_client: PortalClient) -> None:
    log_in(anonymous_client)
    assert anonymous_client.post("/logout/").location == "/login/"
    assert anonymous_client.get("/profile/").status_code == 302


@pytest.mark.parametrize(
    "path",
    ["/login/", "/logout/", "/language", "/profile/", "/password/", "/users/add", "/users/2/deactivate"],
)
def test_post_without_csrf_token_is_refused(as_user: object, path: str) -> None:
    client = as_user("admin")  # type: ignore[operator]
    assert client.post(path, csrf=False).status_code == 400
    assert client.get("/profile/").status_code == 200


@pytest.mark.parametrize("csrf", [True, False])
@pytest.mark.parametrize(
    "path", ["/clients/add", "/cases/1/close", "/users/2/deactivate", "/language", "/logout/", "/password/"]
)
def test_anonymous_post_redirects_to_the_log_in_with_a_message(
    anonymous_client: PortalClient, path: str, csrf: bool
) -> None:
    answer = anonymous_client.post(path, data={"name": "Siti", "language": "xx"}, csrf=csrf)
    if csrf and path in ("/language", "/logout/"):
        return  # available without a log-in
    assert answer.location == "/login/"
    page = anonymous_client.get_page("/login/")
    assert 'role="status"' in page
    assert "Siti" not in page
    assert db.session.scalars(select(FormDraft)).all() == []


def test_log_in_form_of_an_expired_session_is_shown_again(anonymous_client: PortalClient) -> None:
    data = {"username": "rina", "password": PASSWORD}
    answer = anonymous_client.post("/login/?next=/profile/", data=data, csrf=False)
    assert answer.location.startswith("/login/")
    assert 'role="status"' in anonymous_client.get_page(answer.location)
    assert anonymous_client.get("/profile/").status_code == 302


def test_post_to_the_api_without_session_is_refused(anonymous_client: PortalClient) -> None:
    assert anonymous_client.post("/api/v1/search?q=a", csrf=False).status_code in (400, 405)


def test_after_too_many_wrong_attempts_an_address_has_to_wait(anonymous_client: PortalClient) -> None:
    answers = [log_in(anonymous_client, f"user{number}", "wrong").status_code for number in range(21)]
    assert answers == [200] * 20 + [429]


def test_after_a_hundred_wrong_attempts_an_address_waits_for_an_hour(anonymous_client: PortalClient) -> None:
    answers = []
    for minutes in (0, 2, 4, 6, 8, 10):
        with advance_machine_clock(timedelta(minutes=minutes)):
            answers += [
                log_in(anonymous_client, f"user{minutes}.{number}", "wrong").status_code
                for number in range(20)
            ]
    assert answers == [200] * 100 + [429] * 20
    with advance_machine_clock(timedelta(minutes=62)):
        assert log_in(anonymous_client, "user", "wrong").status_code == 200


def test_right_passwords_are_not_counted_as_attempts(anonymous_client: PortalClient) -> None:
    for _attempt in range(25):
        assert log_in(anonymous_client).status_code == 302
        anonymous_client.post("/logout/")


@pytest.mark.parametrize(
    "path",
    [
        "/lang/en",
        "/roles/list/",
        "/groups/list/",
        "/permissions/list/",
        "/userstatschartview/chart/",
        "/users/userinfo/",
        "/userinfoeditview/form",
        "/resetmypassword/form",
        "/resetpassword/form?pk=1",
        "/register/form",
        "/users/delete/2",
        "/api/v1/security/users/",
        "/api/v1/security/login",
    ],
)
def test_unused_pages_of_the_framework_are_removed(as_user: object, path: str) -> None:
    assert as_user("admin").get(path, check_html=False).status_code == 404  # type: ignore[operator]


def test_refused_log_ins_are_counted_in_any_form(anonymous_client: PortalClient) -> None:
    answers = [
        anonymous_client.post(
            "/login/", json={"username": f"x{n}", "password": "salah sekali 123", "provider": "db"}
        ).status_code
        for n in range(25)
    ]
    assert 429 in answers
