"""What every answer carries, and the page for machines."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import create_app
from app.extensions import db
from tests.support.client import PortalClient


def test_healthz_answers_without_log_in_and_reveals_nothing(anonymous_client: PortalClient) -> None:
    answer = anonymous_client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert "Set-Cookie" not in answer.headers


def test_healthz_says_when_the_database_does_not_answer(
    anonymous_client: PortalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_arguments: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("10.0.0.3 is gone"))

    monkeypatch.setattr(db.session, "execute", lost)
    answer = anonymous_client.get("/healthz")
    assert answer.status_code == 503
    assert "10.0.0.3" not in answer.text


def test_no_page_is_kept_by_browsers_or_framed_by_others(anonymous_client: PortalClient) -> None:
    headers = anonymous_client.get("/login/").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["form-action"] == "'self'"
    assert policy["script-src"].startswith("'self' 'nonce-")
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"


def test_files_of_the_page_may_be_kept(anonymous_client: PortalClient) -> None:
    with anonymous_client.get("/static/portal.css") as answer:
        assert answer.status_code == 200
        assert answer.headers.get("Cache-Control") != "no-store"


def test_with_an_https_address_plain_http_is_sent_there_and_cookies_are_secure(app: Flask) -> None:
    settings = replace(app.extensions["siaga_settings"], public_url="https://siaga.example.go.id")
    client = create_app(settings).test_client()
    plain = client.get("/login/", base_url="http://siaga.example.go.id")
    assert plain.status_code == 302
    assert plain.headers["Location"] == "https://siaga.example.go.id/login/"
    answer = client.get("/login/", base_url="https://siaga.example.go.id")
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    cookie = answer.headers["Set-Cookie"]
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
