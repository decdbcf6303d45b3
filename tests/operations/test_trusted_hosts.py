"""Host names that the portal accepts; a response never repeats the requested host."""

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
def test_only_the_host_of_the_public_url_is_served(app: Flask, host: str, status: int) -> None:
    client = client_for_url(app, PUBLIC_URL)
    for path in ("/login/", "/nowhere", "/static/portal.css", "/r/x"):
        with client.get(path, base_url=PUBLIC_URL, headers={"Host": host}) as response:
            refused = response.status_code == 400
            assert refused is (status == 400), path
            if refused:
                assert response.mimetype == "text/plain"
                assert response.text == "This portal is not served under that host name.\n"


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
def test_hosts_are_normalized_before_comparison(public: str, host: str, same: bool) -> None:
    assert get_host(public) is not None
    assert (normalize_host(host) == get_host(public)) is same


def test_monitoring_paths_accept_any_host_without_https(app: Flask) -> None:
    client = client_for_url(app, PUBLIC_URL)
    response = client.get("/healthz", base_url="http://127.0.0.1:8080")
    assert (response.status_code, response.text) == (200, "ok\n")
    for path in MONITORING_PATHS:
        assert client.get(path, base_url="http://10.0.0.7").status_code in (200, 404)


def test_without_public_url_any_host_is_served_and_never_repeated(app: Flask, as_user: AsUser) -> None:
    admin, nobody = as_user("admin"), app.test_client()
    rules = [rule.rule for rule in app.url_map.iter_rules() if not rule.arguments]
    paths = {
        path for rule in rules for path in (rule, rule.rstrip("/") or "/", rule + "/", f"//evil.com{rule}")
    }
    assert len(paths) > 300
    redirects = 0
    for path in paths:
        for client in (admin, nobody):
            with client.get(path, base_url="http://evil.com", follow_redirects=False) as response:
                assert "evil.com" not in response.headers.get("Location", "").replace("/evil.com/", "/"), path
                assert not response.headers.get("Location", "/").startswith("//")
                redirects += response.status_code in (301, 302, 303, 307, 308)
                assert "://evil.com" not in response.get_data(as_text=True), path
    assert redirects > 100


def test_missing_slash_redirects_to_a_path_without_host(app: Flask) -> None:
    response = app.test_client().get("/login?next=/clients/list/", base_url="http://evil.com")
    assert response.status_code == 308
    assert response.headers["Location"] == "/login/?next=/clients/list/"
    assert "evil" not in response.text


def test_plain_http_redirects_to_the_public_url(app: Flask) -> None:
    response = client_for_url(app, PUBLIC_URL).get(
        "/login/?next=/x", base_url="http://siaga.example.go.id:80"
    )
    assert response.status_code == 302
    assert response.headers["Location"] == f"{PUBLIC_URL}/login/?next=/x"


def test_https_sets_host_prefix_of_cookies_and_opener_policy(app: Flask, make: ModuleType) -> None:
    client = client_for_url(app, PUBLIC_URL)
    assert isinstance(client, FlaskClient)
    credentials = create_link(make.sent_referral())
    responses = [
        client.get("/login/", base_url=PUBLIC_URL),
        client.get("/nowhere", base_url=PUBLIC_URL),
        client.get("/static/portal.css", base_url=PUBLIC_URL),
        client.get("/healthz", base_url="http://127.0.0.1"),
        client.get("/login/", base_url="https://evil.com"),
        client.get("/login/", base_url="http://siaga.example.go.id"),
        client.get("/" + "x" * MAX_URL_BYTES, base_url=PUBLIC_URL),
    ]
    page = client.get(credentials.url, base_url=PUBLIC_URL).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    responses.append(
        client.post(
            credentials.url, base_url=PUBLIC_URL, data={"code": credentials.code, "csrf_token": token}
        )
    )
    assert responses[-1].status_code == 303
    cookies = [cookie for response in responses for cookie in response.headers.getlist("Set-Cookie")]
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert {name.rstrip("0123456789") for name in names} == {"__Host-siaga", "__Host-siaga_link-"}
    for cookie in cookies:
        parts = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "Path=/", "HttpOnly", "SameSite=Lax"} <= parts
        assert not any(part.startswith("Domain") for part in parts)
    assert {response.headers.get("Cross-Origin-Opener-Policy") for response in responses} == {"same-origin"}
    assert 'name="code"' not in client.get(credentials.url, base_url=PUBLIC_URL).text
    for response in responses:
        response.close()


def test_http_sets_no_opener_policy(app: Flask) -> None:
    assert "Cross-Origin-Opener-Policy" not in app.test_client().get("/login/").headers


@pytest.mark.parametrize("length", [MAX_URL_BYTES + 1, 5_000, 60_000])
def test_too_long_url_is_refused(anonymous_client: PortalClient, length: int) -> None:
    for path in ("/" + "x" * (length - 1), "/login/?next=" + "x" * (length - 12), "/healthz?" + "x" * length):
        response = anonymous_client.get(path)
        assert (response.status_code, response.mimetype) == (400, "text/plain")


def test_url_of_the_maximum_length_is_accepted(anonymous_client: PortalClient) -> None:
    response = anonymous_client.get("/clients/list/?q=" + "x" * (MAX_URL_BYTES - 17))
    assert response.status_code == 302
    assert response.headers["Location"] == "/login/"
    assert (
        anonymous_client.get("/clients/list/?q=" + "%C3%A9" * 150)
        .headers["Location"]
        .startswith("/login/?next=")
    )
