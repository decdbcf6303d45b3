"""Every kind of page at 200 % zoom and on the smallest phone; and for those whom movement makes sick."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.pages import log_in
from tests.browser.test_every_page_is_accessible import UNFOLD, addresses
from tests.support.portal import PASSWORD, Portal

Enter = Callable[..., Page]
SIZES = ({"width": 640, "height": 450}, {"width": 320, "height": 568})
"""1280 by 900 points at 200 %, and the smallest phone."""
CUT = """() => {
    const hiding = one => ["hidden", "clip"].includes(getComputedStyle(one).overflowX);
    const free = ".scroll-x, .table-responsive, .select2-container, .sr-only, .skip, svg, option";
    const all = Array.from(document.querySelectorAll("body *"))
        .filter(one => one.checkVisibility() && !one.closest(free));
    const outside = all.filter(one => { const box = one.getBoundingClientRect();
        return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1); });
    const cut = all.filter(one => hiding(one) && !one.matches("input, select"))
        .filter(one => one.scrollWidth > one.clientWidth + 1);
    return [...outside, ...cut].map(one => one.outerHTML.slice(0, 120));
}"""
BARS = """() => Array.from(document.querySelectorAll("body *"))
    .filter(one => ["fixed", "sticky"].includes(getComputedStyle(one).position) && one.checkVisibility())
    .reduce((sum, one) => sum + Math.min(one.getBoundingClientRect().height, innerHeight), 0) / innerHeight"""
MOVING = """() => Array.from(document.querySelectorAll("*"))
    .filter(one => [null, "::before", "::after"].some(part => { const style = getComputedStyle(one, part);
        return parseFloat(style.transitionDuration) > 0 && style.transitionProperty !== "none"
            || parseFloat(style.animationDuration) > 0 && style.animationName !== "none"
            || style.scrollBehavior === "smooth"; }))
    .map(one => one.outerHTML.slice(0, 120))"""
PLANT = "([where, style]) => { document.querySelector(where).style = style; }"


def cut_off(page: Page) -> Iterator[str]:
    """What has to be scrolled sideways, is cut, or is covered by bars that stay."""
    page.evaluate(UNFOLD)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.evaluate("innerWidth"):
        yield f"{page.url}: {width} points wide"
    yield from (f"{page.url}: cut: {html}" for html in page.evaluate(CUT))
    if page.evaluate(BARS) > 0.4:
        yield f"{page.url}: bars cover {page.evaluate(BARS):.0%}"


def found_on(page: Page) -> Iterator[str]:
    """What is wrong with the page that is open, in either size, for whom movement is too much."""
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        yield from cut_off(page)
    yield from (f"{page.url}: moves: {html}" for html in page.evaluate(MOVING))


@pytest.mark.parametrize("username", ["admin", "rina"])
def test_nothing_is_cut_and_nothing_moves(site: Portal, browser: Browser, origin: str, username: str) -> None:
    todo = ["/login/", *addresses(site, username)]
    context = browser.new_context(
        base_url=origin,
        viewport=SIZES[0],  # type: ignore[arg-type]
        device_scale_factor=2,
        locale="id-ID",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(todo[0])
    found = list(found_on(page))
    log_in(page, username, PASSWORD)
    for address in todo[1:]:
        page.goto(address)
        found += found_on(page)
    context.close()
    assert found == []


def test_what_is_cut_would_be_found(open_page: Enter) -> None:
    page = open_page(width=768)
    page.goto("/login/")
    page.evaluate(PLANT, ["h1", "width: 60px; overflow: hidden; white-space: nowrap"])
    page.evaluate(PLANT, ["form", "width: 900px"])
    found = " ".join(cut_off(page))
    assert "<h1" in found
    assert "<form" in found


def test_what_moves_would_be_found_and_stops_for_whom_it_is_too_much(enter: Enter) -> None:
    page = enter("rina")
    page.goto("/help/")
    page.evaluate(PLANT, ["h1", "transition: color 1s"])
    assert len(page.evaluate(MOVING)) == 1
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == []  # whoever wrote it
