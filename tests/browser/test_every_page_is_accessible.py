"""Every kind of page of every room, as each role sees it: narrow and wide, light and dark.

A page is loaded once; then the same page is made wide and dark. Only colours depend on the scheme, so in the
dark only what speaks of colours is asked again.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.actor import ADMIN, PEKSOS, SUPERVISOR
from app.core.views import PortalView
from app.extensions import db
from app.security.models import PortalUser
from app.security.roles import GRANTED
from tests.browser.pages import RULES, SMALL_TARGETS, VIOLATIONS
from tests.support.portal import Portal, person
from tests.support.world import one_of_each

Enter = Callable[..., Page]
ROLES = {"admin": ADMIN, "rina": PEKSOS, "kabid": SUPERVISOR}
OTHERS = (
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
    "/users/add",  # refused to most
    "/clients/list/?q=zzzz",
    "/cases/list/?_flt_0_status=active",
)
WIDE, NARROW = 1280, 360
COLOURS = VIOLATIONS | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
ASK = "options => axe.run(options).then(said => said.violations.map(one => [one.id, one.nodes[0].html]))"
UNFOLD = """document.querySelectorAll("main details:not(.menu)").forEach(one => one.open = true)"""


def addresses(site: Portal, username: str) -> list[str]:
    """What this role may open: lists, records, forms, moves; and the pages that belong to no room."""
    with site.app.app_context():
        one_of_each()
        views = [one for one in site.app.appbuilder.baseviews if isinstance(one, PortalView)]  # type: ignore[attr-defined]
        rooms = [address for view in views for address in _of_room(view, GRANTED[ROLES[username]])]
    return [*OTHERS, *rooms]


def _of_room(view: PortalView, granted: frozenset[tuple[str, str]]) -> Iterator[str]:
    record = _some_id(view.datamodel.obj)
    paths = {"list": "list/", "show": f"show/{record}"}
    paths |= {"add": "add"} if view.may_add else {}
    paths |= {"edit": f"edit/{record}"} if view.may_change else {}
    asking = [move.name for move in view.moves if move.asks and (_name(view), f"can_{move.name}") in granted]
    paths |= {name: f"{record}/{name}" for name in asking[:1]}  # their pages are all alike
    for name, path in paths.items():
        if (_name(view), f"can_{name}") in granted:
            yield f"{view.route_base}/{path}"


def _name(view: PortalView) -> str:
    return type(view).__name__


def _some_id(model: Any) -> int:
    if model is PortalUser:
        return person("sari").id
    query = select(model.id).order_by(model.id.desc()).limit(1)
    if model is AuditEntry:
        query = query.filter_by(actor_id=person("rina").id)
    return int(db.session.scalars(query).one())


def faults_everywhere(page: Page) -> Iterator[str]:
    """Look at the page that is open in both widths and both schemes."""
    page.evaluate(UNFOLD)
    page.evaluate(Axe().axe_script)
    for width in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield f"{page.url} {width}: scrolls sideways"
        for scheme, rules in (("light", RULES), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            for rule, html in page.evaluate(ASK, rules):
                yield f"{page.url} {width} {scheme}: {rule}: {html[:200]}"
        if width == NARROW:
            yield from (f"{page.url}: small: {html}" for html in page.evaluate(SMALL_TARGETS))


@pytest.mark.parametrize("username", ROLES)
def test_nothing_keeps_anybody_from_reading_or_pressing(site: Portal, enter: Enter, username: str) -> None:
    todo = addresses(site, username)
    page = enter(username)
    found, opened = [], 0
    for address in todo:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status in (200, 403, 404, 409), f"{answer.status} {address}"
        opened += answer.ok
        found += faults_everywhere(page)
    assert found == []
    assert opened > len(todo) * 3 / 4


@pytest.mark.parametrize("username", ["admin", "rina"])
def test_a_refused_form_and_an_answered_one_are_readable(enter: Enter, username: str) -> None:
    page = enter(username)
    page.goto("/incoming-reports/add")
    with page.expect_navigation():
        page.locator(".savebar button:not([name])").click()
    found = list(faults_everywhere(page))
    page.fill("[name=description]", "Seorang ibu menangis di depan masjid.")
    page.select_option("[name=channel]", "phone_whatsapp")
    with page.expect_navigation():
        page.locator(".savebar button:not([name])").click()
    page.wait_for_url("**/incoming-reports/show/*")
    assert found + list(faults_everywhere(page)) == []


def test_the_log_in_is_readable(open_page: Enter) -> None:
    page = open_page()
    page.goto("/login/")
    found = list(faults_everywhere(page))
    page.fill("[name=username]", "rina")
    page.fill("[name=password]", "tidak tahu lagi")
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    assert found + list(faults_everywhere(page)) == []
