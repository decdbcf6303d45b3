"""Fixtures: Chromium on the served portal; a test fails on any error that the browser reports."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.support.fixed_clock import NOW
from tests.support.live_server import serve
from tests.support.portal import PortalInstance, get_portal_instance, log_in_client

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ENGLISH_ENVIRONMENT = {"LANGUAGE": "en_US", "LANG": "en_US.UTF-8"}
"""English, as tests type month before day into date fields."""
PHONE_VIEWPORT = {"width": 360, "height": 740}
TIMEOUT_MS = 15_000
"""Milliseconds to wait, long enough for a machine that is busy with other tests."""

expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium; skips the test if there is none."""
    if CHROMIUM is None:
        pytest.skip(
            "no Chromium or Chrome on this machine: install one (apt-get install chromium) to run this"
        )
    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_FLAGS, env=os.environ | ENGLISH_ENVIRONMENT
        )
        yield chromium
        chromium.close()


@pytest.fixture
def site() -> Iterator[PortalInstance]:
    """The portal on SQLite in its initial state."""
    portal = get_portal_instance("sqlite")
    portal.reset()
    yield portal
    portal.release()


@pytest.fixture
def origin(site: PortalInstance) -> Iterator[str]:
    """Base URL of the served portal."""
    with serve(site.app) as address:
        yield address


class BrowserErrors(list[str]):
    """Console and script errors, responses with status 500 and above, and requests to other hosts."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self.origin = origin

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.append(f"script: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        is_client_error = "the server responded with a status of 4" in message.text  # status 4xx is expected
        if message.type in ("error", "warning") and not is_client_error:
            self.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if (
            parts.scheme in ("http", "https", "ws", "wss")
            and f"{parts.scheme}://{parts.netloc}" != self.origin
        ):
            self.append(f"left the origin: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.append(f"{response.status} {response.url}")


@pytest.fixture
def open_page(browser: Browser, origin: str) -> Iterator[Callable[..., Page]]:
    """Function that opens a page in a new context, logged out; afterwards no page may have had errors."""
    errors = BrowserErrors(origin)
    with ExitStack() as stack:

        def open_new_page(*, width: int = PHONE_VIEWPORT["width"], scheme: str = "light") -> Page:
            phone = width < 768
            context: BrowserContext = browser.new_context(
                base_url=origin,
                viewport={"width": width, "height": PHONE_VIEWPORT["height"] if phone else 900},
                is_mobile=phone,
                has_touch=phone,
                locale="id-ID",
                timezone_id="Asia/Makassar",
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            stack.callback(context.close)
            context.set_default_timeout(TIMEOUT_MS)
            context.clock.set_fixed_time(NOW)
            page = context.new_page()
            errors.watch(page)
            return page

        yield open_new_page
    assert errors == []


@pytest.fixture
def open_page_as(site: PortalInstance, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """`open_page_as("rina")` opens the first page as Rina, in a new session."""

    def open_as_user(username: str, **kwargs: object) -> Page:
        page = open_page(**kwargs)
        page.context.add_cookies(_session_cookies(site, username))  # type: ignore[arg-type]
        page.goto("/")
        return page

    return open_as_user


def _session_cookies(site: PortalInstance, username: str) -> list[dict[str, object]]:
    with site.app.app_context():
        client = log_in_client(site, username)
    names = (site.app.config["SESSION_COOKIE_NAME"], site.app.config["DEVICE_COOKIE_NAME"])
    cookies = [cookie for name in names if (cookie := client.get_cookie(name))]
    assert len(cookies) == len(names)
    attributes = {"domain": "127.0.0.1", "path": "/", "httpOnly": True, "sameSite": "Lax"}
    return [{"name": cookie.key, "value": cookie.value, **attributes} for cookie in cookies]
