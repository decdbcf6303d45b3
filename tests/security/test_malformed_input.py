"""Zero bytes, invalid UTF-8 and other malformed input cause no server error in any argument or field."""

from collections.abc import Callable, Iterator
from datetime import date
from types import ModuleType

import pytest
from flask import Flask

from app.admin.base import PortalView
from tests.security.test_interrupted_work import expire_session
from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.portal import PASSWORD
from tests.support.sample_records import create_one_of_each

AsUser = Callable[[str], PortalClient]

MALFORMED_VALUES = ("a%00b", "%ED%A0%80%FF%C0%80%F0%9F%98%80%E2%80%AE%27%22%3B--%25s%7B%7D")
"""A zero byte; a lone surrogate, invalid UTF-8, an emoji, a right-to-left override, quotes and formats."""


ODD_NUMBERS = ("%C2%B2", "%D9%A1", "-1", "9" * 20, "1e9", str(date.max))
"""Texts that some parsers accept as numbers:

other digits, a negative, a very large one, an exponent, a date.
"""


def is_expected_status(status: int) -> bool:
    return status in (200, 302, 400, 401, 404)


@pytest.mark.parametrize("username", ["rina\0", "\0", "ri\0na", "\udcff", "rina' OR 1=1 --", "\u202erina"])
def test_an_odd_name_is_refused_plainly(anonymous_client: PortalClient, username: str) -> None:
    answer = log_in(anonymous_client, username.encode(errors="surrogateescape"))  # type: ignore[arg-type]  # raw bytes
    assert answer.status_code == 200
    assert "\0" not in answer.text
    assert anonymous_client.get("/profile/").status_code == 302


@pytest.mark.parametrize("password", ["\0", "\udcff", "\0" + PASSWORD])
def test_an_odd_password_is_a_wrong_one(anonymous_client: PortalClient, password: str) -> None:
    answer = log_in(anonymous_client, password=password.encode(errors="surrogateescape"))  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert anonymous_client.get("/profile/").status_code == 302


def list_arguments(view: PortalView) -> Iterator[str]:
    """Yield the name of every query argument that the list of the view reads."""
    name = type(view).__name__
    yield from ("q", "archived", f"page_{name}", f"psize_{name}", f"_oc_{name}", f"_od_{name}")
    for column in {*view.search_columns, *view.parent_relations}:
        for index in range(3):
            yield f"_flt_{index}_{column}"


def test_no_argument_of_a_list_breaks_it(app: Flask, as_user: AsUser) -> None:
    admin = as_user("admin")
    views = [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    broken = []
    for view in views:
        for argument in list_arguments(view):
            for value in MALFORMED_VALUES:
                address = f"{view.route_base}/list/?{argument}={value}"
                if not is_expected_status(status := admin.get(address).status_code):
                    broken.append(f"{address}: {status}")
    assert broken == []


def test_no_argument_of_any_other_page_breaks_it(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    create_one_of_each()
    admin = as_user("admin")
    case = make.case(by="rina").id
    addresses = [
        f"/cases/{case}/timeline?{name}={{}}" for name in ("q", "kind", "person", "month", "before", "after")
    ]
    addresses += [
        f"{room}/add?{name}={{}}"
        for room in ("/cases", "/services", "/clients")
        for name in ("client", "case", "kind", "draft", "{}")
    ]
    addresses += ["/login/?next={}", "/clients/{}", "/{}", "/?q={}", "/back?next={}", "/api/v1/search?q={}"]
    addresses += ["/api/v1/options/clients?q={}", "/api/v1/options/clients?page={}", "/api/v1/options/{}"]
    addresses += ["/statistics/money/?year={}", "/attachments/1/file/{}", "/help/{}"]
    addresses += ["/shifts/list/?month={}", "/handovers/add?from_shift={}", "/referrals/list/?queue={}"]
    addresses += ["/referrals/letters.pdf?id={}", "/referrals/letters.pdf?id=1&paper={}", "/r/{}"]
    addresses += ["/referrals/1/letter.pdf?paper={}", "/cases/list/?show={}", "/cases/{}/timeline"]
    broken = []
    for pattern in addresses:
        for value in (*MALFORMED_VALUES, *ODD_NUMBERS):
            address = pattern.replace("{}", value)
            if not is_expected_status(status := admin.get(address).status_code):
                broken.append(f"{address}: {status}")
    assert broken == []


@pytest.mark.parametrize("name", ["form_key", "version", "next", "a\0b", "text"])
def test_no_hidden_field_breaks_a_form(as_user: AsUser, make: ModuleType, name: str) -> None:
    case = make.case(by="rina").id
    for path in ("/case-notes/add", "/case-notes/draft", f"/cases/edit/{case}", f"/cases/{case}/hold"):
        for value in ("a\0b", "\0", "x" * 5000, "\U0001f600"):
            form = {"case": case, "text": "Isi", "name": "Siti", name: value}
            assert as_user("rina").post(path, data=form).status_code in (200, 302, 409), (path, value)


def test_malformed_text_is_kept_as_a_draft(as_user: AsUser, make: ModuleType) -> None:
    rina, case = as_user("rina"), make.case(by="rina").id
    expire_session(rina)
    answer = rina.post("/case-notes/add", data={"case": case, "text": "Isi\0nya", "a\0b": "c"})
    back = rina.post(answer.location, data={"username": "rina", "password": PASSWORD})
    page = rina.get(back.location)
    assert page.status_code == 200
    assert "Isi\N{REPLACEMENT CHARACTER}nya" in page.text
