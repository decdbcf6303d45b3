"""How the pages look to a thumb, to a keyboard, to a screen reader, and without JavaScript."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests import factories as make
from tests.browser.conftest import log_in
from tests.browser.pages import fits
from tests.support.portal import PASSWORD, Portal

Enter = Callable[..., Page]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = ("/clients/add", "/cases/add", "/partners/show/1", "/users/show/1", "/profile/", "/no-such-page")
SMALL_TARGETS = """() => Array.from(document.querySelectorAll("a, button, summary, input, select"))
    .filter(one => one.checkVisibility() && !one.closest("p, label, .c-title, .tile, noscript"))
    .filter(one => !one.matches(".skip, [type=hidden], .select2-hidden-accessible"))
    .filter(one => one.getBoundingClientRect().height < 43.5)
    .map(one => one.outerHTML.slice(0, 100))"""


def faults(page: Page) -> list[str]:
    answer = Axe().run(page, options=RULES).response
    return [f"{page.url}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in answer["violations"]]


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_nothing_keeps_anybody_from_reading_or_pressing(enter: Enter, width: int, scheme: str) -> None:
    page = enter("admin", width=width, scheme=scheme)
    lists = page.eval_on_selector_all(".navbar a[href$='/list/']", "found => found.map(one => one.pathname)")
    assert len(lists) > 10
    found = []
    for address in ("/", *lists, *PAGES):
        page.goto(address)
        fits(page)
        found += faults(page)
        if width == 360:
            found += [f"{address}: small: {html}" for html in page.evaluate(SMALL_TARGETS)]
    assert found == []


def test_a_remote_select_is_read_and_used_by_keyboard(site: Portal, enter: Enter) -> None:
    with site.app.app_context():
        make.client(name="Nurhayati", by="rina")
    page = enter("rina")
    page.goto("/cases/add")
    name = page.locator("label[for=client]").inner_text()
    page.get_by_role("combobox", name=name, exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.type("zz")
    expect(page.locator(".select2-results__message")).to_have_text(
        str(page.locator("body").get_attribute("data-none-found"))
    )
    assert faults(page) == []
    page.keyboard.press("Control+a")
    page.keyboard.type("nurh")
    expect(page.get_by_role("option", name="Nurhayati")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name=f"{name}, Nurhayati")).to_be_focused()
    assert page.locator("[name=client]").input_value() != ""


def test_typed_text_is_not_left_without_a_question(enter: Enter) -> None:
    page = enter("rina")
    page.goto("/clients/add")
    page.fill("[name=alias]", "Mak Ros")
    asked = []
    page.on("dialog", lambda question: (asked.append(question.type), question.dismiss()))
    page.locator(".navbar-brand").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.input_value("[name=alias]") == "Mak Ros"


def test_two_presses_save_once(enter: Enter) -> None:
    page = enter("rina")
    page.goto("/clients/add")
    page.fill("[name=name]", "Rosmiati")
    page.select_option("[name=sex]", "female")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator(".savebar button").dblclick()
    page.wait_for_url("**/clients/show/*")
    assert len(sent) == 1


def test_the_portal_works_without_javascript(browser: Browser, origin: str) -> None:
    context = browser.new_context(
        base_url=origin, java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    log_in(page, "rina", PASSWORD)
    page.locator(".navbar-toggle").click()
    page.locator("#menu details:has(a[href='/clients/list/']) summary").click()
    page.locator("#menu a[href='/clients/list/']").click()
    page.locator("a[href='/clients/add']").first.click()
    page.fill("[name=name]", "Murni")
    page.select_option("[name=sex]", "female")
    page.locator(".savebar button").click()
    expect(page.locator("h1")).to_have_text("Murni")
    expect(page.locator(".alert-success")).to_be_visible()
    context.close()
