"""Forged ids, headers and bodies cause no server error and no redirect to another host."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.support.client import PortalClient
from tests.support.sample_records import create_one_of_each

AsUser = Callable[[str], PortalClient]

IDS = (0, 999_999_999, 2**31, 2**63, 10**40)


def record_addresses(app: Flask, pk: int) -> Iterator[str]:
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and "pk" in rule.arguments:
            values: dict[str, Any] = {name: pk if name == "pk" else "file" for name in rule.arguments}
            yield str(adapter.build(rule.endpoint, values))


@pytest.mark.both_databases
@pytest.mark.parametrize("pk", IDS)
def test_record_with_an_impossible_id_is_not_found(app: Flask, as_user: AsUser, pk: int) -> None:
    create_one_of_each()
    admin = as_user("admin")
    with app.test_request_context():
        addresses = list(record_addresses(app, pk))
    assert len(addresses) > 40
    found = {address: admin.get(address).status_code for address in addresses}
    not_for_administrators = {f"/shifts/{pk}/take_call"}
    assert {
        address: status for address, status in found.items() if status != 404
    }.keys() <= not_for_administrators


@pytest.mark.both_databases
@pytest.mark.parametrize("number", [2**31, 2**63, 10**14])
def test_unknown_id_is_refused_as_filter_and_as_choice(as_user: AsUser, number: int) -> None:
    admin = as_user("admin")
    assert admin.get(f"/clients/list/?_flt_0_household={number}").status_code == 400
    assert admin.get(f"/cases/list/?_flt_0_categories={number}").status_code == 400
    assert admin.get(f"/cases/add?client={number}").status_code == 200
    answer = admin.post("/services/add", data={"case": str(number), "kind": "consultation", "narrative": "x"})
    assert answer.status_code == 200
    assert 'id="case-error"' in answer.text


HEADERS = [
    ("Host", "evil.example"),
    ("Host", "localhost:99999999"),
    ("Host", "<script>"),
    ("Host", "a b"),
    ("Host", "[::1"),
    ("Host", ""),
    ("Host", "localhost@evil.example"),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-For", "'; --"),
    ("X-Forwarded-Proto", "gopher"),
    ("Forwarded", "for=evil;host=evil.example"),
    ("X-Original-URL", "/users/list/"),
    ("X-HTTP-Method-Override", "DELETE"),
    ("Referer", "https://evil.example/x"),
    ("Referer", "http://localhost//evil.example/"),
    ("Referer", "http://[::1"),
    ("Referer", "http://localhost:abc/clients/list/"),
    ("Referer", "\x80\xff"),
    ("Accept-Language", "x" * 5000),
    ("Accept-Language", "id;q=abc,*;q=-1"),
    ("Accept-Encoding", ";q=abc,,"),
    ("Accept", "*/*;q=x"),
    ("If-Modified-Since", "yesterday"),
    ("If-None-Match", '"'),
    ("Range", "bytes=9999999-0"),
    ("Content-Type", "multipart/form-data"),
    ("Content-Type", "multipart/form-data; boundary=" + "x" * 500),
    ("Content-Type", "application/x-www-form-urlencoded; charset=utf-99"),
    ("Content-Length", "-5"),
    ("Authorization", "Bearer a.b.c"),
    ("Authorization", "Basic \xff"),
    ("Cookie", "siaga=not.a.session"),
    ("Cookie", "siaga=" + "x" * 8000),
    ("Cookie", "siaga=.eJw\x80; =; ;;"),
    ("X-CSRFToken", "\x80\xff"),
]


@pytest.mark.parametrize(
    ("name", "value"), HEADERS, ids=[f"{name} {n}" for n, (name, _value) in enumerate(HEADERS)]
)
def test_no_header_breaks_a_page_or_redirects_to_another_host(as_user: AsUser, name: str, value: str) -> None:
    rina = as_user("rina")
    for method, path in (
        ("GET", "/"),
        ("GET", "/clients/list/?q=a"),
        ("GET", "/clients/add"),
        ("GET", "/login/?next=/clients/list/"),
        ("GET", "/static/portal.css"),
        ("POST", "/clients/add"),
        ("POST", "/language"),
        ("POST", "/api/v1/security/login"),
        ("GET", "/api/v1/search?q=a"),
    ):
        with rina.open(path, method=method, headers={name: value}) as answer:
            assert answer.status_code < 500, (method, path)
            assert "evil" not in answer.headers.get("Location", "")
            assert "evil.example" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x\r\n",
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nSiti',
        b'--x\r\nContent-Disposition: form-data; name="scan"; filename="a\x00b.pdf"\r\n\r\n%PDF-\r\n--x--',
        b"--x\r\n" + b"A: b\r\n" * 3000 + b"\r\n\r\n--x--",
        b'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n' * 1500 + b"--x--",
        b"\xff\xfe" * 1000,
    ],
    ids=range(7),
)
def test_no_broken_body_breaks_a_form(as_user: AsUser, body: bytes) -> None:
    rina = as_user("rina")
    for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        for path in ("/consents/add", "/attachments/add", "/services/draft"):
            assert rina.post(path, data=body, content_type=kind).status_code in (200, 400, 413)
