"""The cost of a page does not depend on the number of rows."""

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
MAX_FIRST_PAGE_STATEMENTS = 17
CHARTS = [
    f"/statistics/{name}/" for name in ("clients-per-year", "money", "reports-by-hour", "time-to-take-up")
]
SLACK_BYTES = 100
"""Allowed growth in bytes, for longer numbers and counts."""


@pytest.fixture
def grow_tables(app: Flask) -> Callable[[int], None]:
    """Function that fills every table up to a number of rows."""
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


def _page_urls(app: Flask, who: str, action: str) -> list[str]:
    return [
        f"{view.route_base}/{'list/' if action == 'list' else action}"
        for view in _permitted_views(app, who, action)
    ]


@pytest.mark.parametrize("who", ROLES)
def test_statement_count_of_a_list_is_independent_of_the_number_of_rows(
    app: Flask,
    grow_tables: Callable[[int], None],
    as_user: Callable[[str], PortalClient],
    capture_statements: Callable[..., Any],
    who: str,
) -> None:
    client = as_user(who)

    def count() -> dict[str, int]:
        numbers = {}
        for page in (*_page_urls(app, who, "list"), "/", *CHARTS):
            with capture_statements() as sent:
                assert client.get(page).status_code == 200
            numbers[page] = len(sent)
        return numbers

    grow_tables(FEW_ROWS)
    few = count()
    grow_tables(MANY_ROWS)
    many = count()
    # If the shown audit entries name no records, one statement less is sent.
    if "/audit/list/" in many:
        assert many["/audit/list/"] in (few["/audit/list/"], few["/audit/list/"] - 1)
        many["/audit/list/"] = few["/audit/list/"]
    assert many == few
    assert few.pop("/") <= MAX_FIRST_PAGE_STATEMENTS
    assert {page: number for page, number in few.items() if number > MAX_STATEMENTS} == {}


@pytest.mark.parametrize("who", ROLES)
def test_size_of_forms_and_filters_is_independent_of_the_data(
    app: Flask, grow_tables: Callable[[int], None], as_user: Callable[[str], PortalClient], who: str
) -> None:
    client = as_user(who)

    def measure_pages() -> dict[str, int]:
        lists = [
            f"{view.route_base}/list/?page_{type(view).__name__}=9999"
            for view in _permitted_views(app, who, "list")
        ]
        return {
            page: len(client.get(page).data) for page in [*_page_urls(app, who, "add"), *lists]
        }  # a page without rows

    grow_tables(FEW_ROWS)
    few = measure_pages()
    grow_tables(MANY_ROWS)
    many = measure_pages()
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page] + SLACK_BYTES} == {}
