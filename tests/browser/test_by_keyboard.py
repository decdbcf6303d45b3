"""Whole jobs by keyboard alone: every stop can be seen, nothing holds the focus, no mouse is needed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import factories as make
from tests.support.portal import PASSWORD, Portal

Enter = Callable[..., Page]
ROOMS = ("/", "/clients/list/", "/cases/add", "case", "timeline", "/help/", "/password/")
MOST = 120
"""More stops than any page has."""
STOP = """() => {
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
TABBABLE = """controls => Array.from(document.querySelectorAll(controls))
    .filter(one => one.checkVisibility({ visibilityProperty: true }) && one.tabIndex >= 0 && !one.disabled)
    .filter(one => one.type !== "hidden" && !one.matches(".select2-hidden-accessible"))
    .map(one => one.outerHTML.slice(0, 160))"""


class Keyboard:
    """Hands that never leave the keys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> "Keyboard":
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def write(self, words: str) -> "Keyboard":
        self.page.keyboard.insert_text(words)
        return self

    def stop(self) -> str:
        """Look at where the focus is: it can be seen, and nothing lies over it."""
        found = self.page.evaluate(STOP)
        if not found["body"]:
            assert found["seen"], f"{self.page.url}: hidden: {found['html']}"
            assert found["ringed"], f"{self.page.url}: no ring: {found['html']}"
            assert found["free"], f"{self.page.url}: covered: {found['html']}"
        return "" if found["body"] else str(found["html"])

    def to(self, selector: str) -> "Keyboard":
        """Go on with Tab until the focus is there."""
        for _stop in range(MOST):
            if self.page.evaluate("where => document.activeElement.matches(where)", selector):
                return self
            self.press("Tab")
            self.stop()
        raise AssertionError(f"{self.page.url}: Tab never came to {selector}")

    def follow(self, key: str = "Enter") -> "Keyboard":
        """Press the key on what opens another page, and wait for it."""
        with self.page.expect_navigation(wait_until="load"):
            self.press(key)
        return self


@pytest.fixture
def keys(enter: Enter) -> Keyboard:
    """Rina at a desk whose mouse is broken."""
    return Keyboard(enter("rina", width=1280))


def test_one_logs_in_by_keyboard(open_page: Enter) -> None:
    page = open_page(width=1280)
    page.goto("/login/")
    keys = Keyboard(page)
    keys.to("[name=username]").write("rina").press("Tab")
    keys.write(PASSWORD).follow()
    expect(page.locator("h1")).to_be_visible()


def test_the_first_stop_skips_the_menu(keys: Keyboard) -> None:
    keys.page.goto("/clients/list/")
    keys.press("Tab").stop()
    expect(keys.page.locator(".skip")).to_be_focused()
    expect(keys.page.locator(".skip")).to_be_in_viewport()
    keys.press("Enter", "Tab")
    assert keys.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_menu_opens_closes_and_leads_on(keys: Keyboard) -> None:
    page = keys.page
    page.goto("/")
    summary = "#menu details:has(a[href='/clients/list/']) > summary"
    keys.to(summary).press("Enter", "Tab")
    expect(page.locator("#menu a[href='/clients/list/']")).to_be_focused()
    keys.press("Escape")
    expect(page.locator(summary)).to_be_focused()
    expect(page.locator("#menu a[href='/clients/list/']")).to_be_hidden()
    keys.press("Enter").to("#menu a[href='/clients/list/']").follow()
    expect(page.locator("#menu [aria-current=page]")).to_have_attribute("href", "/clients/list/")


def test_a_client_a_case_and_a_service_are_written_down(keys: Keyboard) -> None:
    page = keys.page
    page.goto("/clients/list/")
    keys.to("main a[href='/clients/add']").follow()
    keys.to("[name=name]").write("Rosmiati").to("[name=sex]").press("p")  # Perempuan
    expect(page.locator("[name=sex]")).to_have_value("female")
    keys.to(".savebar button").follow()
    expect(page.locator("h1")).to_have_text("Rosmiati")

    keys.to("main a[href^='/cases/add?client=']").follow()
    keys.to("[name=presenting_problem]").write("Menunggak sewa tiga bulan.")
    keys.to("[name=channel]").press("ArrowDown").to(".savebar button").follow()
    expect(page.locator("h1")).to_contain_text("LK3/")

    keys.to("main a[href$='kind=counselling']").follow()
    keys.to("[name=narrative]").write("Mendengarkan ceritanya sampai selesai.").to(".savebar button").follow()
    expect(page.locator("main")).to_contain_text("sampai selesai")


def test_a_filter_with_a_remote_select_is_set_and_taken_back(site: Portal, keys: Keyboard) -> None:
    with site.app.app_context():
        make.service(case=make.case(client=make.client(name="Nurhayati")))
        make.service(case=make.case(client=make.client(name="Joko")))
    page = keys.page
    page.goto("/services/list/")
    keys.to(".filters-fold > summary").press("Enter").to("[role=combobox]").press("Enter")
    page.keyboard.type("nurh")
    expect(page.get_by_role("option", name="Nurhayati")).to_be_visible()
    keys.press("Enter")
    expect(page.locator("[role=combobox]").first).to_be_focused()
    keys.to(".filter-grid button").follow()
    expect(page.locator(".chip")).to_contain_text("Nurhayati")
    expect(page.locator("tbody tr")).to_have_count(1)
    keys.to(".chip").follow()
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("tbody tr")).to_have_count(2)


def test_a_question_is_answered_and_can_be_left(site: Portal, enter: Enter) -> None:
    with site.app.app_context():
        client = make.client(name="Nurhayati").id
    keys = Keyboard(page := enter("admin", width=1280))
    page.goto(f"/clients/show/{client}")
    button = "form[action$='/archive'] button"
    keys.to(button).press("Enter")
    expect(page.locator("#confirm")).to_be_visible()
    keys.stop()
    keys.press("Tab", "Tab", "Tab").stop()
    assert page.evaluate(
        "document.activeElement.closest('#confirm') || document.activeElement === document.body"
    )
    keys.press("Escape")
    expect(page.locator("#confirm")).to_be_hidden()
    expect(page.locator(button)).to_be_focused()
    keys.press("Enter").to("#confirm-yes").follow()
    expect(page.locator(".alert-success")).to_be_visible()


def test_a_move_that_asks_is_made(site: Portal, keys: Keyboard) -> None:
    with site.app.app_context():
        todo = make.follow_up(title="Antar surat").id
    page = keys.page
    page.goto(f"/follow-ups/show/{todo}")
    keys.to("main a[href$='/done']").follow()
    keys.to(".savebar button").follow()  # empty: the refusal is read first, its link leads into the field
    expect(page.locator(".error-summary")).to_be_focused()
    keys.press("Tab", "Enter")
    expect(page.locator("[name=result]")).to_be_focused()
    keys.write("Surat sudah di tangan klien.").to(".savebar button").follow()
    expect(page.locator(".alert-success")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("room", ROOMS)
def test_no_page_holds_the_focus_or_leaves_anything_out(
    site: Portal, enter: Enter, room: str, width: int
) -> None:
    with site.app.app_context():
        case = make.case().id
    page = enter("rina", width=width)
    page.goto({"case": f"/cases/show/{case}", "timeline": f"/cases/{case}/timeline"}.get(room, room))
    page.evaluate("document.activeElement.blur()")
    keys, visited = Keyboard(page), []
    for _stop in range(MOST):
        keys.press("Tab")
        where = keys.stop()
        if not where or where in visited[:1]:
            break
        visited.append(where)
    left_out = [one for one in page.evaluate(TABBABLE, CONTROLS) if one not in visited]
    assert left_out == []
