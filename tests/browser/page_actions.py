"""Actions and checks on pages of the portal."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

VIOLATIONS_ONLY = {"resultTypes": ["violations"], "selectors": False, "iframes": False}
"""Without passed rules, selectors and frames, which take a quarter of axe's time."""
AXE_OPTIONS = VIOLATIONS_ONLY | {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
}
FIND_SMALL_TARGETS = """() => Array.from(
    document.querySelectorAll("a, button, summary, input, select, textarea"))
    .filter(one => one.checkVisibility() && !one.closest("p, label, noscript"))
    .filter(one => !one.matches(".c-title a, .tile a, .task > div > a"))  // the whole row is
    .filter(one => !one.matches(".skip, [type=hidden], .select2-hidden-accessible"))
    .filter(one => one.getBoundingClientRect().height < 43.5)
    .map(one => one.outerHTML.slice(0, 120))"""


def log_in(page: Page, username: str, password: str) -> None:
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def click_and_wait(page: Page, selector: str) -> None:
    """Click the first visible link or button, unfolding its `details` if needed; wait for the new page."""
    url = page.url
    folded = page.locator(f"details:not([open]):has({selector}) > summary")
    if not page.locator(selector).locator("visible=true").count() and folded.count():
        folded.first.click()
    page.locator(selector).locator("visible=true").first.click()
    page.wait_for_url(lambda now: now != url)


def submit_form(page: Page) -> None:
    """Click the main button of the form and wait for the response."""
    with page.expect_navigation():
        page.locator(".savebar button[type=submit]:not([name])").click()


def field_error(page: Page, name: str) -> Locator:
    """Return the error message of this field."""
    return page.locator(f".field:has([name={name}]) .error")


def type_date(page: Page, name: str, day: str, month: str, year: str) -> None:
    """Type a date; the browser is set to American English and expects the month first."""
    page.locator(f"[name={name}]").press_sequentially(month + day + year)


def choose_option(page: Page, name: str, words: str) -> None:
    """Type into a type-ahead select and choose the first result."""
    page.locator(f"[name={name}] + .select2-container").click()
    page.locator(".select2-input:visible, .select2-search__field:visible").first.press_sequentially(words)
    page.locator(".select2-results__option--highlighted, .select2-highlighted").first.click()


def assert_fits_width(page: Page) -> None:
    """Assert that the page does not scroll sideways and has one h1."""
    width = page.viewport_size["width"] if page.viewport_size else 360
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    expect(page.locator("h1")).to_have_count(1)


def find_violations(page: Page) -> list[str]:
    """Return the accessibility violations that axe finds."""
    result = Axe().run(page, options=AXE_OPTIONS).response
    return [f"{page.url}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in result["violations"]]
