"""Bytes and requests of a page over the network, as the browser counts them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests import factories as make
from tests.support.portal import PortalInstance

OpenPageAs = Callable[..., Page]
KILOBYTE = 1000
YEAR_MAX_AGE = "max-age=31536000"
COMPRESSED_FROM = 500
"""Responses below this size in bytes are not compressed."""
TEXT_TYPES = ("text/", "application/javascript", "image/svg")


@dataclass
class NetworkLog:
    """Network traffic since the last `open`."""

    page: Page
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)
    bytes_by_request: dict[str, float] = field(default_factory=dict)
    cached_requests: set[str] = field(default_factory=set)
    """Ids of requests answered from the browser's memory cache."""

    def __post_init__(self) -> None:
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._record_response)
        session.on("Network.loadingFinished", self._record_size)
        session.on(
            "Network.requestServedFromCache", lambda event: self.cached_requests.add(event["requestId"])
        )

    def _record_response(self, event: dict[str, Any]) -> None:
        self.responses[event["requestId"]] = event["response"]

    def _record_size(self, event: dict[str, Any]) -> None:
        self.bytes_by_request[event["requestId"]] = event["encodedDataLength"]

    def open(self, url: str) -> "NetworkLog":
        """Open the page and count from zero, until the network is idle."""
        self.responses.clear()
        self.bytes_by_request.clear()
        self.page.goto(url, wait_until="networkidle")
        return self

    @property
    def network_responses(self) -> dict[str, dict[str, Any]]:
        """Responses that were not answered from a cache."""
        return {
            key: response
            for key, response in self.responses.items()
            if key not in self.cached_requests
            and not response.get("fromDiskCache")
            and urlsplit(response["url"]).scheme.startswith("http")
        }

    @property
    def total_bytes(self) -> float:
        """Bytes over the network, headers included."""
        return sum(self.bytes_by_request[key] for key in self.network_responses)

    def describe(self) -> str:
        """Return each response with its size, for the message of a failing test."""
        return "\n".join(
            f"{self.bytes_by_request[key]:9.0f} {one['url']}" for key, one in self.network_responses.items()
        )


@pytest.fixture
def first_visit(site: PortalInstance, open_page_as: OpenPageAs, open_page: OpenPageAs) -> Page:
    """Page with an empty cache, logged in as Rina; there are enough clients for a full list page."""
    with site.app.app_context():
        for _number in range(30):
            make.case(client=make.client(by="rina"))
    page = open_page()
    page.context.add_cookies(open_page_as("rina").context.cookies())  # type: ignore[arg-type]
    return page


def test_first_visit_stays_below_its_limits(first_visit: Page) -> None:
    log = NetworkLog(first_visit).open("/clients/list/")
    assert len(log.network_responses) <= 12, log.describe()
    assert 10 * KILOBYTE < log.total_bytes < 120 * KILOBYTE, log.describe()


def test_later_pages_load_no_static_files_again(first_visit: Page) -> None:
    log = NetworkLog(first_visit).open("/clients/list/")
    first = first_visit.locator("td.c-title a").first.get_attribute("href")
    for url in (
        "/",
        "/clients/list/",
        str(first),
        "/clients/add",
        "/cases/list/",
        "/cases/add",
        "/help/",
    ):
        log.open(url)
        assert 1 <= len(log.network_responses) <= 2, f"{url}:\n{log.describe()}"
        assert log.total_bytes < 25 * KILOBYTE, f"{url}:\n{log.describe()}"


def test_no_request_leaves_the_origin(first_visit: Page, origin: str) -> None:
    urls: list[str] = []
    first_visit.on("request", lambda request: urls.append(request.url))
    for url in (
        "/",
        "/clients/list/",
        "/clients/add",
        "/statistics/clients-per-year/",
        "/no-such-page",
    ):
        first_visit.goto(url, wait_until="networkidle")
    assert urls
    assert [url for url in urls if not url.startswith((f"{origin}/", "data:"))] == []


def test_static_files_are_cached_for_a_year_and_text_is_compressed(first_visit: Page) -> None:
    log = NetworkLog(first_visit).open("/clients/list/")
    files = 0
    for response in log.network_responses.values():
        headers = {name.lower(): value for name, value in response["headers"].items()}
        static = "/static/" in response["url"]
        files += static
        assert (YEAR_MAX_AGE in headers["cache-control"]) is static, response["url"]
        assert ("no-store" in headers["cache-control"]) is not static, response["url"]
        assert not static or "v=" in urlsplit(response["url"]).query, response["url"]
        if (
            headers["content-type"].startswith(TEXT_TYPES)
            and int(headers.get("content-length", COMPRESSED_FROM)) >= COMPRESSED_FROM
        ):
            assert headers.get("content-encoding") in ("br", "gzip", "zstd"), response["url"]
    assert files > 3
