"""What a page costs does not depend on how much there is."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.admin.base import PortalView
from app.security.rules.roles import ROLE_PERMISSIONS
from tests.support.client import PortalClient
from tests.support.rows import multiply_rows
from tests.support.sample_records import create_one_of_each
from tests.test_routes import ROLES

FEW_ROWS, MANY_ROWS = 10, 200
MAX_STATEMENTS = 12
MAX_FIRST_PAGE_STATEMENTS = 16
CHARTS = [
    f"/statistics/{name}/" for name in ("clients-per-year", "money", "reports-by-hour", "time-to-take-up")
]
SLACK_BYTES = 100
"""Bytes: a longer number, a longer count."""


@pytest.fixture
def grow_tables(app: Flask) -> Callable[[int], None]:
    """Bring every room to that many records."""
    create_one_of_each()
    tables = [
        view.datamodel.obj.__tablename__
        for view in _views(app)
        if view.has_add_form and not view.preload_options
    ]
    return lambda copies: multiply_rows(copies, *tables)


def _views(app: Flask) -> list[PortalView]:
    return [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]


def _permitted_views(app: Flask, who: str, action: str) -> list[PortalView]:
    return [
        view
        for view in _views(app)
        if (type(view).__name__, f"can_{action}") in ROLE_PERMISSIONS[ROLES[who]]
        and (action != "add" or view.has_add_form)
    ]


def _page_addresses(app: Flask, who: str, action: str) -> list[str]:
    return [
        f"{view.route_base}/{'list/' if action == 'list' else action}"
        for view in _permitted_views(app, who, action)
    ]


@pytest.mark.parametrize("who", ROLES)
def test_list_takes_a_bounded_number_of_statements_however_many_rows(
    app: Flask,
    grow_tables: Callable[[int], None],
    as_user: Callable[[str], PortalClient],
    capture_statements: Callable[..., Any],
    who: str,
) -> None:
    client = as_user(who)

    def count() -> dict[str, int]:
        numbers = {}
        for page in (*_page_addresses(app, who, "list"), "/", *CHARTS):
            with capture_statements() as sent:
                assert client.get(page).status_code == 200
            numbers[page] = len(sent)
        return numbers

    grow_tables(FEW_ROWS)
    few = count()
    grow_tables(MANY_ROWS)
    many = count()
    # A page of the audit with looks at lists only has no records to ask about: one statement fewer.
    if "/audit/list/" in many:
        assert many["/audit/list/"] in (few["/audit/list/"], few["/audit/list/"] - 1)
        many["/audit/list/"] = few["/audit/list/"]
    assert many == few
    assert few.pop("/") <= MAX_FIRST_PAGE_STATEMENTS
    assert {page: number for page, number in few.items() if number > MAX_STATEMENTS} == {}


@pytest.mark.parametrize("who", ROLES)
def test_no_form_or_filter_grows_with_the_data(
    app: Flask, grow_tables: Callable[[int], None], as_user: Callable[[str], PortalClient], who: str
) -> None:
    client = as_user(who)

    def weigh() -> dict[str, int]:
        lists = [
            f"{view.route_base}/list/?page_{type(view).__name__}=9999"
            for view in _permitted_views(app, who, "list")
        ]
        return {
            page: len(client.get(page).data) for page in [*_page_addresses(app, who, "add"), *lists]
        }  # no row on it

    grow_tables(FEW_ROWS)
    few = weigh()
    grow_tables(MANY_ROWS)
    many = weigh()
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page] + SLACK_BYTES} == {}
