"""Tasks by keyboard alone: the focus is always visible and never trapped."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import factories as make
from tests.support.portal import PASSWORD, PortalInstance

OpenPageAs = Callable[..., Page]
PAGES = ("/", "/clients/list/", "/cases/add", "case", "timeline", "/help/", "/password/")
MAX_TAB_STOPS = 120
"""More than any page has."""
FOCUS_STATE = """() => {
    const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const x = Math.min(box.x + box.width / 2, innerWidth - 2), y = box.y + box.height / 2;
    const top = document.elementFromPoint(x, y);
    const free = top && (one.contains(top) || top.contains(one) || top.closest("label")?.control === one);
    return {
        html: one.outerHTML.slice(0, 160),
        body: one === document.body || one === document.documentElement,
        seen: one.checkVisibility() && box.width > 1 && box.height > 1,
        ringed: outlined || style.boxShadow !== "none",
        free: Boolean(free),
    };
}"""
CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0']"
LIST_TABBABLE = """controls => Array.from(document.querySelectorAll(controls))
    .filter(one => one.checkVisibility({ visibilityProperty: true }) && one.tabIndex >= 0 && !one.disabled)
    .filter(one => one.type !== "hidden" && !one.matches(".select2-hidden-accessible"))
    .map(one => one.outerHTML.slice(0, 160))"""


class Keyboard:
    """Presses keys on a page and checks the focus."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> "Keyboard":
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def type_text(self, words: str) -> "Keyboard":
        self.page.keyboard.insert_text(words)
        return self

    def check_focus(self) -> str:
        """Assert that the focus is visible and not covered; return the element's HTML, "" for the body."""
        found = self.page.evaluate(FOCUS_STATE)
        if not found["body"]:
            assert found["seen"], f"{self.page.url}: hidden: {found['html']}"
            assert found["ringed"], f"{self.page.url}: no focus outline: {found['html']}"
            assert found["free"], f"{self.page.url}: covered: {found['html']}"
        return "" if found["body"] else str(found["html"])

    def tab_to(self, selector: str) -> "Keyboard":
        """Press Tab until an element that matches the selector has the focus."""
        for _stop in range(MAX_TAB_STOPS):
            if self.page.evaluate("where => document.activeElement.matches(where)", selector):
                return self
            self.press("Tab")
            self.check_focus()
        raise AssertionError(f"{self.page.url}: Tab never came to {selector}")

    def press_and_wait(self, key: str = "Enter") -> "Keyboard":
        """Press the key and wait for the navigation."""
        with self.page.expect_navigation(wait_until="load"):
            self.press(key)
        return self


@pytest.fixture
def keyboard(open_page_as: OpenPageAs) -> Keyboard:
    """Keyboard on Rina's first page, on a desktop."""
    return Keyboard(open_page_as("rina", width=1280))


def test_user_logs_in_by_keyboard(open_page: OpenPageAs) -> None:
    page = open_page(width=1280)
    page.goto("/login/")
    keys = Keyboard(page)
    keys.tab_to("[name=username]").type_text("rina").press("Tab")
    keys.type_text(PASSWORD).press_and_wait()
    expect(page.locator("h1")).to_be_visible()


def test_first_tab_stop_skips_the_menu(keyboard: Keyboard) -> None:
    keyboard.page.goto("/clients/list/")
    keyboard.press("Tab").check_focus()
    expect(keyboard.page.locator(".skip")).to_be_focused()
    expect(keyboard.page.locator(".skip")).to_be_in_viewport()
    keyboard.press("Enter", "Tab")
    assert keyboard.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_menu_opens_closes_and_navigates(keyboard: Keyboard) -> None:
    page = keyboard.page
    page.goto("/")
    summary = "#menu details:has(a[href='/clients/list/']) > summary"
    keyboard.tab_to(summary).press("Enter", "Tab")
    expect(page.locator("#menu a[href='/clients/list/']")).to_be_focused()
    keyboard.press("Escape")
    expect(page.locator(summary)).to_be_focused()
    expect(page.locator("#menu a[href='/clients/list/']")).to_be_hidden()
    keyboard.press("Enter").tab_to("#menu a[href='/clients/list/']").press_and_wait()
    expect(page.locator("#menu [aria-current=page]")).to_have_attribute("href", "/clients/list/")


def test_client_case_and_service_are_added(keyboard: Keyboard) -> None:
    page = keyboard.page
    page.goto("/clients/list/")
    keyboard.tab_to("main a[href='/clients/add']").press_and_wait()
    keyboard.tab_to("[name=name]").type_text("Rosmiati").tab_to("[name=sex]").press("p")  # Perempuan
    expect(page.locator("[name=sex]")).to_have_value("female")
    keyboard.tab_to(".savebar button").press_and_wait()
    expect(page.locator("h1")).to_have_text("Rosmiati")

    keyboard.tab_to("main a[href^='/cases/add?client=']").press_and_wait()
    keyboard.tab_to("[name=presenting_problem]").type_text("Menunggak sewa tiga bulan.")
    keyboard.tab_to("[name=channel]").press("ArrowDown").tab_to(".savebar button").press_and_wait()
    expect(page.locator("h1")).to_contain_text("LK3/")

    keyboard.tab_to("main a[href$='kind=counselling']").press_and_wait()
    keyboard.tab_to("[name=narrative]").type_text("Mendengarkan ceritanya sampai selesai.").tab_to(
        ".savebar button"
    ).press_and_wait()
    expect(page.locator("main")).to_contain_text("sampai selesai")


def test_filter_with_a_remote_select_is_set_and_removed(site: PortalInstance, keyboard: Keyboard) -> None:
    with site.app.app_context():
        make.service(case=make.case(client=make.client(name="Nurhayati")))
        make.service(case=make.case(client=make.client(name="Joko")))
    page = keyboard.page
    page.goto("/services/list/")
    keyboard.tab_to(".filters-fold > summary").press("Enter").tab_to("[role=combobox]").press("Enter")
    page.keyboard.type("nurh")
    expect(page.get_by_role("option", name="Nurhayati")).to_be_visible()
    keyboard.press("Enter")
    expect(page.locator("[role=combobox]").first).to_be_focused()
    keyboard.tab_to(".filter-grid button").press_and_wait()
    expect(page.locator(".chip")).to_contain_text("Nurhayati")
    expect(page.locator("tbody tr")).to_have_count(1)
    keyboard.tab_to(".chip").press_and_wait()
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("tbody tr")).to_have_count(2)


def test_confirmation_is_cancelled_and_accepted(site: PortalInstance, open_page_as: OpenPageAs) -> None:
    with site.app.app_context():
        client = make.client(name="Nurhayati").id
    keys = Keyboard(page := open_page_as("admin", width=1280))
    page.goto(f"/clients/show/{client}")
    button = "form[action$='/archive'] button"
    keys.tab_to(button).press("Enter")
    expect(page.locator("#confirm")).to_be_visible()
    keys.check_focus()
    keys.press("Tab", "Tab", "Tab").check_focus()
    assert page.evaluate(
        "document.activeElement.closest('#confirm') || document.activeElement === document.body"
    )
    keys.press("Escape")
    expect(page.locator("#confirm")).to_be_hidden()
    expect(page.locator(button)).to_be_focused()
    keys.press("Enter").tab_to("#confirm-yes").press_and_wait()
    expect(page.locator(".alert-success")).to_be_visible()


def test_transition_with_a_form_is_made(site: PortalInstance, keyboard: Keyboard) -> None:
    with site.app.app_context():
        todo = make.follow_up(title="Antar surat").id
    page = keyboard.page
    page.goto(f"/follow-ups/show/{todo}")
    keyboard.tab_to("main a[href$='/done']").press_and_wait()
    keyboard.tab_to(
        ".savebar button"
    ).press_and_wait()  # empty: focus moves to the error summary, whose link leads to the field
    expect(page.locator(".error-summary")).to_be_focused()
    keyboard.press("Tab", "Enter")
    expect(page.locator("[name=result]")).to_be_focused()
    keyboard.type_text("Surat sudah di tangan klien.").tab_to(".savebar button").press_and_wait()
    expect(page.locator(".alert-success")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("room", PAGES)
def test_tab_reaches_every_control_and_is_never_trapped(
    site: PortalInstance, open_page_as: OpenPageAs, room: str, width: int
) -> None:
    with site.app.app_context():
        case = make.case().id
    page = open_page_as("rina", width=width)
    page.goto({"case": f"/cases/show/{case}", "timeline": f"/cases/{case}/timeline"}.get(room, room))
    page.evaluate("document.activeElement.blur()")
    keys, visited = Keyboard(page), []
    for _stop in range(MAX_TAB_STOPS):
        keys.press("Tab")
        focused = keys.check_focus()
        if not focused or focused in visited[:1]:
            break
        visited.append(focused)
    unreached = [one for one in page.evaluate(LIST_TABBABLE, CONTROLS) if one not in visited]
    assert unreached == []
