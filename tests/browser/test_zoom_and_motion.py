"""Every kind of page at 200 % zoom and on the smallest phone; and for those whom movement makes sick."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.page_actions import log_in
from tests.browser.test_accessibility import OPEN_DETAILS, role_addresses
from tests.support.portal import PASSWORD, PortalInstance

OpenPageAs = Callable[..., Page]
VIEWPORTS = ({"width": 640, "height": 450}, {"width": 320, "height": 568})
"""1280 by 900 points at 200 %, and the smallest phone."""
FIND_CUT_TEXT = """() => {
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
COVERED_SHARE = """() => Array.from(document.querySelectorAll("body *"))
    .filter(one => ["fixed", "sticky"].includes(getComputedStyle(one).position) && one.checkVisibility())
    .reduce((sum, one) => sum + Math.min(one.getBoundingClientRect().height, innerHeight), 0) / innerHeight"""
FIND_MOTION = """() => Array.from(document.querySelectorAll("*"))
    .filter(one => [null, "::before", "::after"].some(part => { const style = getComputedStyle(one, part);
        return parseFloat(style.transitionDuration) > 0 && style.transitionProperty !== "none"
            || parseFloat(style.animationDuration) > 0 && style.animationName !== "none"
            || style.scrollBehavior === "smooth"; }))
    .map(one => one.outerHTML.slice(0, 120))"""
SET_STYLE = "([where, style]) => { document.querySelector(where).style = style; }"


def find_cut_off(page: Page) -> Iterator[str]:
    """What has to be scrolled sideways, is cut, or is covered by bars that stay."""
    page.evaluate(OPEN_DETAILS)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.evaluate("innerWidth"):
        yield f"{page.url}: {width} points wide"
    yield from (f"{page.url}: cut: {html}" for html in page.evaluate(FIND_CUT_TEXT))
    if page.evaluate(COVERED_SHARE) > 0.4:
        yield f"{page.url}: bars cover {page.evaluate(COVERED_SHARE):.0%}"


def find_faults(page: Page) -> Iterator[str]:
    """What is wrong with the page that is open, in either size, for whom movement is too much."""
    for size in VIEWPORTS:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        yield from find_cut_off(page)
    yield from (f"{page.url}: moves: {html}" for html in page.evaluate(FIND_MOTION))


@pytest.mark.parametrize("username", ["admin", "rina"])
def test_nothing_is_cut_off_and_nothing_is_animated(
    site: PortalInstance, browser: Browser, origin: str, username: str
) -> None:
    todo = ["/login/", *role_addresses(site, username)]
    context = browser.new_context(
        base_url=origin,
        viewport=VIEWPORTS[0],  # type: ignore[arg-type]
        device_scale_factor=2,
        locale="id-ID",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(todo[0])
    found = list(find_faults(page))
    log_in(page, username, PASSWORD)
    for address in todo[1:]:
        page.goto(address)
        found += find_faults(page)
    context.close()
    assert found == []


def test_check_finds_cut_off_text(open_page: OpenPageAs) -> None:
    page = open_page(width=768)
    page.goto("/login/")
    page.evaluate(SET_STYLE, ["h1", "width: 60px; overflow: hidden; white-space: nowrap"])
    page.evaluate(SET_STYLE, ["form", "width: 900px"])
    found = " ".join(find_cut_off(page))
    assert "<h1" in found
    assert "<form" in found


def test_check_finds_motion_and_reduced_motion_stops_it(open_page_as: OpenPageAs) -> None:
    page = open_page_as("rina")
    page.goto("/help/")
    page.evaluate(SET_STYLE, ["h1", "transition: color 1s"])
    assert len(page.evaluate(FIND_MOTION)) == 1
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(FIND_MOTION) == []  # whoever wrote it
