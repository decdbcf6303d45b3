"""Under which host names the portal answers, and that none of a request comes back in an answer."""

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.admin.request_guard import MAX_URL_BYTES, MONITORING_PATHS, get_host, normalize_host
from tests.referrals.partner_link import create_link
from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]
PUBLIC_URL = "https://siaga.example.go.id"


def client_for_url(app: Flask, public_url: str) -> FlaskClient:
    return create_app(replace(app.extensions["siaga_settings"], public_url=public_url)).test_client()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("siaga.example.go.id", 200),
        ("SIAGA.Example.go.id", 200),
        ("siaga.example.go.id.", 200),
        ("siaga.example.go.id:443", 200),
        ("siaga.example.go.id.:443", 200),
        ("siaga.example.go.id:8443", 400),
        ("evil.com", 400),
        ("siaga.example.go.id.evil.com", 400),
        ("evil.com/siaga.example.go.id", 400),
        ("siaga.example.go.id@evil.com", 400),
        ("siaga.example.go.id, evil.com", 400),
        ("siaga.example.go.id:", 400),
        ("<script>", 400),
        ("[::1", 400),
        ("", 400),
    ],
)
def test_only_the_host_of_the_public_address_is_served(app: Flask, host: str, status: int) -> None:
    client = client_for_url(app, PUBLIC_URL)
    for path in ("/login/", "/nowhere", "/static/portal.css", "/r/x"):
        with client.get(path, base_url=PUBLIC_URL, headers={"Host": host}) as answer:
            refused = answer.status_code == 400
            assert refused is (status == 400), path
            if refused:
                assert answer.mimetype == "text/plain"
                assert answer.text == "This portal is not served under that host name.\n"


@pytest.mark.parametrize(
    ("public", "host", "same"),
    [
        ("http://[::1]:8080", "[0:0:0:0:0:0:0:1]:8080", True),
        ("http://[::1]:8080", "[::1]", False),
        ("https://[2001:DB8::1]", "[2001:db8::1]:443", True),
        ("http://localhost:80", "LOCALHOST", True),
        ("http://10.0.0.5:8080", "10.0.0.5:08080", True),
        ("https://siagá.id", "xn--siag-8na.id", True),
        ("http://[::1]", "[::1%eth0]", False),
    ],
)
def test_hosts_are_compared_by_what_they_mean(public: str, host: str, same: bool) -> None:
    assert get_host(public) is not None
    assert (normalize_host(host) == get_host(public)) is same


def test_programs_of_the_machine_ask_by_any_host_and_without_https(app: Flask) -> None:
    client = client_for_url(app, PUBLIC_URL)
    answer = client.get("/healthz", base_url="http://127.0.0.1:8080")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    for path in MONITORING_PATHS:
        assert client.get(path, base_url="http://10.0.0.7").status_code in (200, 404)


def test_without_the_setting_any_host_is_served_and_none_comes_back(app: Flask, as_user: AsUser) -> None:
    admin, nobody = as_user("admin"), app.test_client()
    rules = [rule.rule for rule in app.url_map.iter_rules() if not rule.arguments]
    paths = {
        path for rule in rules for path in (rule, rule.rstrip("/") or "/", rule + "/", f"//evil.com{rule}")
    }
    assert len(paths) > 300
    led = 0
    for path in paths:
        for client in (admin, nobody):
            with client.get(path, base_url="http://evil.com", follow_redirects=False) as answer:
                assert "evil.com" not in answer.headers.get("Location", "").replace("/evil.com/", "/"), path
                assert not answer.headers.get("Location", "/").startswith("//")
                led += answer.status_code in (301, 302, 303, 307, 308)
                assert "://evil.com" not in answer.get_data(as_text=True), path
    assert led > 100


def test_a_slash_that_is_missing_leads_to_a_path_without_host(app: Flask) -> None:
    answer = app.test_client().get("/login?next=/clients/list/", base_url="http://evil.com")
    assert answer.status_code == 308
    assert answer.headers["Location"] == "/login/?next=/clients/list/"
    assert "evil" not in answer.text


def test_plain_http_is_led_to_the_address_of_the_setting(app: Flask) -> None:
    answer = client_for_url(app, PUBLIC_URL).get("/login/?next=/x", base_url="http://siaga.example.go.id:80")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{PUBLIC_URL}/login/?next=/x"


def test_with_https_every_cookie_has_the_host_prefix_and_every_answer_an_opener_policy(
    app: Flask, make: ModuleType
) -> None:
    client = client_for_url(app, PUBLIC_URL)
    assert isinstance(client, FlaskClient)
    key = create_link(make.sent_referral())
    answers = [
        client.get("/login/", base_url=PUBLIC_URL),
        client.get("/nowhere", base_url=PUBLIC_URL),
        client.get("/static/portal.css", base_url=PUBLIC_URL),
        client.get("/healthz", base_url="http://127.0.0.1"),
        client.get("/login/", base_url="https://evil.com"),
        client.get("/login/", base_url="http://siaga.example.go.id"),
        client.get("/" + "x" * MAX_URL_BYTES, base_url=PUBLIC_URL),
    ]
    page = client.get(key.url, base_url=PUBLIC_URL).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    answers.append(client.post(key.url, base_url=PUBLIC_URL, data={"code": key.code, "csrf_token": token}))
    assert answers[-1].status_code == 303
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert {name.rstrip("0123456789") for name in names} == {"__Host-siaga", "__Host-siaga_link-"}
    for cookie in cookies:
        parts = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "Path=/", "HttpOnly", "SameSite=Lax"} <= parts
        assert not any(part.startswith("Domain") for part in parts)
    assert {answer.headers.get("Cross-Origin-Opener-Policy") for answer in answers} == {"same-origin"}
    assert 'name="code"' not in client.get(key.url, base_url=PUBLIC_URL).text
    for answer in answers:
        answer.close()


def test_without_https_no_answer_has_an_opener_policy(app: Flask) -> None:
    assert "Cross-Origin-Opener-Policy" not in app.test_client().get("/login/").headers


@pytest.mark.parametrize("length", [MAX_URL_BYTES + 1, 5_000, 60_000])
def test_a_long_address_is_refused_before_anything_reads_it(
    anonymous_client: PortalClient, length: int
) -> None:
    for path in ("/" + "x" * (length - 1), "/login/?next=" + "x" * (length - 12), "/healthz?" + "x" * length):
        answer = anonymous_client.get(path)
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")


def test_an_address_that_is_long_enough_for_every_page_is_read(anonymous_client: PortalClient) -> None:
    answer = anonymous_client.get("/clients/list/?q=" + "x" * (MAX_URL_BYTES - 17))
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login/"
    assert (
        anonymous_client.get("/clients/list/?q=" + "%C3%A9" * 150)
        .headers["Location"]
        .startswith("/login/?next=")
    )
