"""What a page costs does not depend on how much there is."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.core.views import PortalView
from app.security.roles import GRANTED
from tests.support.client import PortalClient
from tests.support.rows import multiply
from tests.support.world import one_of_each
from tests.test_routes import ROLES

FEW, MANY = 10, 200
MOST_STATEMENTS = 12
ON_THE_FIRST_PAGE = 16
CHARTS = [
    f"/statistics/{name}/" for name in ("clients-per-year", "money", "reports-by-hour", "time-to-take-up")
]
SLACK = 100
"""Bytes: a longer number, a longer count."""


@pytest.fixture
def grow(app: Flask) -> Callable[[int], None]:
    """Bring every room to that many records."""
    one_of_each()
    tables = [view.datamodel.obj.__tablename__ for view in _views(app) if view.may_add and not view.small]
    return lambda copies: multiply(copies, *tables)


def _views(app: Flask) -> list[PortalView]:
    return [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]


def _may(app: Flask, who: str, action: str) -> list[PortalView]:
    return [
        view
        for view in _views(app)
        if (type(view).__name__, f"can_{action}") in GRANTED[ROLES[who]] and (action != "add" or view.may_add)
    ]


def _pages(app: Flask, who: str, action: str) -> list[str]:
    return [f"{view.route_base}/{'list/' if action == 'list' else action}" for view in _may(app, who, action)]


@pytest.mark.parametrize("who", ROLES)
def test_a_list_takes_at_most_12_statements_however_much_there_is(
    app: Flask,
    grow: Callable[[int], None],
    as_user: Callable[[str], PortalClient],
    statements: Callable[..., Any],
    who: str,
) -> None:
    client = as_user(who)

    def count() -> dict[str, int]:
        numbers = {}
        for page in (*_pages(app, who, "list"), "/", *CHARTS):
            with statements() as sent:
                assert client.get(page).status_code == 200
            numbers[page] = len(sent)
        return numbers

    grow(FEW)
    few = count()
    grow(MANY)
    many = count()
    # A page of the audit with looks at lists only has no records to ask about: one statement fewer.
    if "/audit/list/" in many:
        assert many["/audit/list/"] in (few["/audit/list/"], few["/audit/list/"] - 1)
        many["/audit/list/"] = few["/audit/list/"]
    assert many == few
    assert few.pop("/") <= ON_THE_FIRST_PAGE
    assert {page: number for page, number in few.items() if number > MOST_STATEMENTS} == {}


@pytest.mark.parametrize("who", ROLES)
def test_no_form_or_filter_grows_with_the_data(
    app: Flask, grow: Callable[[int], None], as_user: Callable[[str], PortalClient], who: str
) -> None:
    client = as_user(who)

    def weigh() -> dict[str, int]:
        lists = [
            f"{view.route_base}/list/?page_{type(view).__name__}=9999" for view in _may(app, who, "list")
        ]
        return {
            page: len(client.get(page).data) for page in [*_pages(app, who, "add"), *lists]
        }  # no row on it

    grow(FEW)
    few = weigh()
    grow(MANY)
    many = weigh()
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page] + SLACK} == {}
