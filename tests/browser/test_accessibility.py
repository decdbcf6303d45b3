"""Accessibility of every kind of page of every view, for each role: narrow, wide, light, dark, zoomed.

A page is loaded once and then resized and recoloured. Only colours depend on the colour scheme, so the dark
one is checked with the colour rules only.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from app.admin.base import PortalView
from app.audit.models import AuditEntry
from app.core.actor import ADMIN, PEKSOS, SUPERVISOR
from app.extensions import db
from app.security.models import PortalUser
from app.security.rules.roles import ROLE_PERMISSIONS
from tests.browser.page_faults import find_faults
from tests.support.portal import PortalInstance, get_user
from tests.support.sample_records import create_one_of_each

OpenPageAs = Callable[..., Page]
ROLES = {"admin": ADMIN, "rina": PEKSOS, "kabid": SUPERVISOR}
OTHER_PAGES = (
    "/",
    "/?q=klien",
    "/?q=zzzz",
    "/help/",
    "/profile/",
    "/password/",
    "/statistics/clients-per-year/",
    "/statistics/reports-by-hour/",
    "/statistics/time-to-take-up/",
    "/statistics/money/",
    "/caseload/",
    "/cases/1/timeline",
    "/referrals/1/",
    "/r/no-such-link",
    "/no-such-page",
    "/users/add",  # most roles get 403
    "/clients/list/?q=zzzz",
    "/cases/list/?_flt_0_status=active",
)


def role_urls(site: PortalInstance, username: str) -> list[str]:
    """Return URLs for this role: lists, records, forms, transitions, and pages without records."""
    with site.app.app_context():
        create_one_of_each()
        views = [one for one in site.app.appbuilder.baseviews if isinstance(one, PortalView)]  # type: ignore[attr-defined]
        view_urls = [url for view in views for url in _view_urls(view, ROLE_PERMISSIONS[ROLES[username]])]
    return [*OTHER_PAGES, *view_urls]


def _view_urls(view: PortalView, granted: frozenset[tuple[str, str]]) -> Iterator[str]:
    record = _some_id(view.datamodel.obj)
    paths = {"list": "list/", "show": f"show/{record}"}
    paths |= {"add": "add"} if view.has_add_form else {}
    paths |= {"edit": f"edit/{record}"} if view.has_edit_form else {}
    with_form = [
        transition.name
        for transition in view.transitions
        if transition.fields and (_view_name(view), f"can_{transition.name}") in granted
    ]
    paths |= {name: f"{record}/{name}" for name in with_form[:1]}  # all form pages are built alike
    for name, path in paths.items():
        if (_view_name(view), f"can_{name}") in granted:
            yield f"{view.route_base}/{path}"


def _view_name(view: PortalView) -> str:
    return type(view).__name__


def _some_id(model: Any) -> int:
    if model is PortalUser:
        return get_user("sari").id
    query = select(model.id).order_by(model.id.desc()).limit(1)
    if model is AuditEntry:
        query = query.filter_by(actor_id=get_user("rina").id)
    return int(db.session.scalars(query).one())


@pytest.mark.parametrize("username", ROLES)
def test_every_page_is_accessible(site: PortalInstance, open_page_as: OpenPageAs, username: str) -> None:
    urls = role_urls(site, username)
    page = open_page_as(username)
    found, opened = [], 0
    for url in urls:
        response = page.goto(url)
        assert response is not None
        assert response.status in (200, 403, 404, 409), f"{response.status} {url}"
        opened += response.ok
        found += find_faults(page)
    assert found == []
    assert opened > len(urls) * 3 / 4


@pytest.mark.parametrize("username", ["admin", "rina"])
def test_refused_and_saved_forms_are_accessible(open_page_as: OpenPageAs, username: str) -> None:
    page = open_page_as(username)
    page.goto("/incoming-reports/add")
    with page.expect_navigation():
        page.locator(".savebar button:not([name])").click()
    found = list(find_faults(page))
    page.fill("[name=description]", "Seorang ibu menangis di depan masjid.")
    page.select_option("[name=channel]", "phone_whatsapp")
    with page.expect_navigation():
        page.locator(".savebar button:not([name])").click()
    page.wait_for_url("**/incoming-reports/show/*")
    assert found + list(find_faults(page)) == []


def test_log_in_is_accessible(open_page: OpenPageAs) -> None:
    page = open_page()
    page.goto("/login/")
    found = list(find_faults(page))
    page.fill("[name=username]", "rina")
    page.fill("[name=password]", "tidak tahu lagi")
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    assert found + list(find_faults(page)) == []
