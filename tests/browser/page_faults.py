"""All accessibility checks of an open page: axe, target sizes, reflow, zoom and motion."""

from collections.abc import Iterator

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.page_actions import AXE_OPTIONS, FIND_SMALL_TARGETS, VIOLATIONS_ONLY

WIDE, NARROW = 1280, 360
COLOUR_RULES = VIOLATIONS_ONLY | {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
}
RUN_AXE = "options => axe.run(options).then(said => said.violations.map(one => [one.id, one.nodes[0].html]))"
OPEN_DETAILS = """document.querySelectorAll("main details:not(.menu)").forEach(one => one.open = true)"""
ZOOM_VIEWPORTS = ({"width": 625, "height": 450}, {"width": 320, "height": 568})
"""1280 x 900 CSS pixels at 200 % without scroll bars, and the smallest phone."""
FIND_CUT_TEXT = """() => {
    const hiding = one => ["hidden", "clip"].includes(getComputedStyle(one).overflowX);
    const free = ".scroll-x, .table-responsive, .select2-container, .sr-only, .skip, svg, option";
    const all = Array.from(document.querySelectorAll("body *"))
        .filter(one => one.checkVisibility() && !one.closest(free));
    const width = document.documentElement.clientWidth;
    const outside = all.filter(one => { const box = one.getBoundingClientRect();
        return box.width > 1 && (box.right > width + 1 || box.left < -1); });
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


def find_faults(page: Page) -> Iterator[str]:
    """Yield the faults of the page: in two widths and colour schemes, zoomed, with reduced motion."""
    page.evaluate(OPEN_DETAILS)
    page.evaluate(Axe().axe_script)
    for width in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield f"{page.url} {width}: scrolls sideways"
        for scheme, rules in (("light", AXE_OPTIONS), ("dark", COLOUR_RULES)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            for rule, html in page.evaluate(RUN_AXE, rules):
                yield f"{page.url} {width} {scheme}: {rule}: {html[:200]}"
        if width == NARROW:
            yield from (f"{page.url}: small: {html}" for html in page.evaluate(FIND_SMALL_TARGETS))
    page.emulate_media(reduced_motion="reduce")
    for size in ZOOM_VIEWPORTS:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        yield from find_cut_off(page)
    yield from (f"{page.url}: moves: {html}" for html in page.evaluate(FIND_MOTION))
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size({"width": WIDE, "height": 900})  # the size at which the next page is loaded


def find_cut_off(page: Page) -> Iterator[str]:
    """Yield what overflows sideways, is cut off, or is covered by fixed bars."""
    page.evaluate(OPEN_DETAILS)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.evaluate("document.documentElement.clientWidth"):
        yield f"{page.url}: {width} points wide"
    yield from (f"{page.url}: cut: {html}" for html in page.evaluate(FIND_CUT_TEXT))
    if page.evaluate(COVERED_SHARE) > 0.4:
        yield f"{page.url}: bars cover {page.evaluate(COVERED_SHARE):.0%}"
