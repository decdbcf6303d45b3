"""Forged fields, cookies, hosts and addresses in a request have no effect."""

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import inspect, select

from app import create_app
from app.db.transaction import transaction
from app.extensions import db
from app.referrals.services import links
from tests.referrals.partner_link import create_link, open_link
from tests.security.test_log_in import log_in
from tests.support import site_addresses
from tests.support.client import PortalClient
from tests.support.portal import get_user
from tests.support.sample_records import create_one_of_each

AsUser = Callable[[str], PortalClient]
RECOMPUTED_COLUMNS = {"system_number", "changed_at", "changed_by_id", "version", "search_text"}
"""Columns that every save sets by itself."""


def test_no_form_saves_a_column_that_it_does_not_show(app: Flask, as_user: AsUser) -> None:
    create_one_of_each()
    admin, changed = as_user("admin"), []
    for view in site_addresses.list_views(app):
        model: Any = view.datamodel.obj
        pk = db.session.scalar(select(model.id).order_by(model.id.desc()).limit(1))
        if not view.has_edit_form or pk is None:
            continue
        columns = [one.key for one in inspect(model).column_attrs]
        shown = {*view.edit_columns, *(f"{name}_id" for name in view.edit_columns)}
        forged = {name: "2" for name in [*columns, *inspect(model).relationships.keys()] if name not in shown}
        before = read_row(model, pk)
        with app.test_request_context():
            answers = dict.fromkeys(view.edit_columns, "")
        admin.post(
            f"{view.route_base}/edit/{pk}", data={**answers, **forged, "version": before.get("version", 1)}
        )
        after = read_row(model, pk)
        changed += [
            f"{view.room}: {name}"
            for name in forged
            if name not in RECOMPUTED_COLUMNS and after.get(name) != before.get(name)
        ]
    assert changed == []


def read_row(model: Any, pk: int) -> dict[str, Any]:
    db.session.rollback()
    table = model.__table__
    return dict(db.session.execute(select(table).where(table.c.id == pk)).mappings().one())


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"])
def test_forwarding_headers_do_not_avoid_the_rate_limit(anonymous_client: PortalClient, header: str) -> None:
    def attempt(number: int) -> int:
        data = {"username": f"user{number}", "password": "wrong"}
        return anonymous_client.post("/login/", data=data, headers={header: f"10.0.0.{number}"}).status_code

    assert [attempt(number) for number in range(21)] == [200] * 20 + [429]


@pytest.mark.parametrize("key", ["", "dev", "secret", "only for tests"])
def test_session_signed_with_another_key_is_not_logged_in(
    app: Flask, anonymous_client: PortalClient, as_user: AsUser, key: str
) -> None:
    with as_user("admin").session_transaction() as session:
        stolen = {"_user_id": session["_user_id"], "_fresh": True}
    forged = Flask("forged")
    forged.secret_key = key or "x"
    serializer = forged.session_interface.get_signing_serializer(forged)  # type: ignore[attr-defined]
    anonymous_client.set_cookie("siaga", serializer.dumps(stolen))
    assert anonymous_client.get("/users/list/").location.startswith("/login/")


def test_link_cookie_is_no_session_and_session_cookie_opens_no_link(
    app: Flask, make: ModuleType, anonymous_client: PortalClient, as_user: AsUser
) -> None:
    key = create_link(make.sent_referral())
    open_link(anonymous_client, key)
    opened = anonymous_client.get_cookie("siaga_link", path=key.url)
    assert opened is not None
    anonymous_client.set_cookie("siaga", opened.value)
    assert anonymous_client.get("/clients/list/").location.startswith("/login/")
    rina = as_user("rina")
    session = rina.get_cookie("siaga")
    assert session is not None
    rina.set_cookie("siaga_link", session.value, path=key.url)
    assert 'name="code"' in rina.get_page(key.url)


def test_cookie_of_a_revoked_link_or_with_another_salt_opens_nothing(
    app: Flask, make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    forged = URLSafeTimedSerializer(app.secret_key or "", salt="timeline").dumps([referral.links[-1].id, ""])
    anonymous_client.set_cookie("siaga_link", forged, path=key.url)
    assert 'name="code"' in anonymous_client.get_page(key.url)
    open_link(anonymous_client, key)
    with transaction(by=get_user("rina")):
        for link in links.list_valid_links(referral):
            links.revoke_link(link, by=get_user("rina"))
    assert anonymous_client.get(key.url).status_code == 404


def test_answers_of_a_partner_link_are_not_cached_and_contain_no_url(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    key = create_link(make.sent_referral())
    answers = [
        anonymous_client.get(key.url),
        anonymous_client.post(key.url, data={"code": "000000"}),
        open_link(anonymous_client, key),
    ]
    answers += [
        anonymous_client.get("/r/" + "x" * 43),
        anonymous_client.post(key.url, csrf=False),
        anonymous_client.post(f"{key.url}/nothing"),
    ]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "http" not in answer.text.replace("http://www.w3.org", "").replace('lang="', ""), (
            answer.request.path
        )


def test_forged_host_is_not_used_in_the_redirect_to_https(app: Flask) -> None:
    settings = replace(app.extensions["siaga_settings"], public_url="https://siaga.example.go.id")
    client = create_app(settings).test_client()
    answer = client.get("/login/", base_url="http://evil.example")
    assert "evil" not in answer.headers.get("Location", "")


def test_a_cookie_copied_before_the_log_out_opens_nothing_after_it(anonymous_client: PortalClient) -> None:
    log_in(anonymous_client)
    copied = anonymous_client.get_cookie("siaga")
    assert copied is not None
    anonymous_client.post("/logout/")
    anonymous_client.set_cookie("siaga", copied.value)
    assert anonymous_client.get("/profile/").status_code == 302
