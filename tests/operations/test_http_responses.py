"""HTTP headers of all responses, and `/healthz`."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import create_app
from app.extensions import db
from tests.support.client import PortalClient


def test_healthz_needs_no_log_in_and_reveals_nothing(anonymous_client: PortalClient) -> None:
    response = anonymous_client.get("/healthz")
    assert (response.status_code, response.text) == (200, "ok\n")
    assert "Set-Cookie" not in response.headers


def test_healthz_reports_an_unreachable_database(
    anonymous_client: PortalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_operational_error(*_arguments: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("10.0.0.3 is gone"))

    monkeypatch.setattr(db.session, "execute", raise_operational_error)
    response = anonymous_client.get("/healthz")
    assert response.status_code == 503
    assert "10.0.0.3" not in response.text


def test_pages_are_neither_cached_nor_framed(anonymous_client: PortalClient) -> None:
    headers = anonymous_client.get("/login/").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["form-action"] == "'self'"
    assert policy["script-src"].startswith("'self' 'nonce-")
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"


def test_static_files_may_be_cached(anonymous_client: PortalClient) -> None:
    with anonymous_client.get("/static/portal.css") as response:
        assert response.status_code == 200
        assert response.headers.get("Cache-Control") != "no-store"


def test_https_public_url_redirects_http_and_makes_cookies_secure(app: Flask) -> None:
    settings = replace(app.extensions["siaga_settings"], public_url="https://siaga.example.go.id")
    client = create_app(settings).test_client()
    plain = client.get("/login/", base_url="http://siaga.example.go.id")
    assert plain.status_code == 302
    assert plain.headers["Location"] == "https://siaga.example.go.id/login/"
    response = client.get("/login/", base_url="https://siaga.example.go.id")
    assert "max-age" in response.headers["Strict-Transport-Security"]
    cookie = response.headers["Set-Cookie"]
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
