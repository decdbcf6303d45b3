"""What a page weighs on the line: compressed, counted as the browser counts it."""

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
"""Bytes of a file that compression would not make shorter."""
TEXT_TYPES = ("text/", "application/javascript", "image/svg")


@dataclass
class NetworkLog:
    """What went over the line since the last look."""

    page: Page
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    bytes_by_request: dict[str, float] = field(default_factory=dict)
    cached_requests: set[str] = field(default_factory=set)
    """Requests that the browser's memory answered."""

    def __post_init__(self) -> None:
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._record_response)
        session.on("Network.loadingFinished", self._record_size)
        session.on(
            "Network.requestServedFromCache", lambda event: self.cached_requests.add(event["requestId"])
        )

    def _record_response(self, event: dict[str, Any]) -> None:
        self.answers[event["requestId"]] = event["response"]

    def _record_size(self, event: dict[str, Any]) -> None:
        self.bytes_by_request[event["requestId"]] = event["encodedDataLength"]

    def open(self, address: str) -> "NetworkLog":
        """Go there and count anew, from the first request until nothing moves."""
        self.answers.clear()
        self.bytes_by_request.clear()
        self.page.goto(address, wait_until="networkidle")
        return self

    @property
    def network_answers(self) -> dict[str, dict[str, Any]]:
        """The answers that came over the line, not out of the browser's memory."""
        return {
            key: answer
            for key, answer in self.answers.items()
            if key not in self.cached_requests
            and not answer.get("fromDiskCache")
            and urlsplit(answer["url"]).scheme.startswith("http")
        }

    @property
    def total_bytes(self) -> float:
        """Bytes with their heads."""
        return sum(self.bytes_by_request[key] for key in self.network_answers)

    def describe(self) -> str:
        """Each answer and its weight, for whoever has to find what is heavy."""
        return "\n".join(
            f"{self.bytes_by_request[key]:9.0f} {one['url']}" for key, one in self.network_answers.items()
        )


@pytest.fixture
def first_visit(site: PortalInstance, open_page_as: OpenPageAs, open_page: OpenPageAs) -> Page:
    """Rina's browser before it has loaded any file of ours; there are clients enough for a full page."""
    with site.app.app_context():
        for _number in range(30):
            make.case(client=make.client(by="rina"))
    page = open_page()
    page.context.add_cookies(open_page_as("rina").context.cookies())  # type: ignore[arg-type]
    return page


def test_a_first_visit_is_light(first_visit: Page) -> None:
    line = NetworkLog(first_visit).open("/clients/list/")
    assert len(line.network_answers) <= 12, line.describe()
    assert 10 * KILOBYTE < line.total_bytes < 120 * KILOBYTE, line.describe()


def test_later_pages_are_lighter(first_visit: Page) -> None:
    line = NetworkLog(first_visit).open("/clients/list/")
    first = first_visit.locator("td.c-title a").first.get_attribute("href")
    for address in (
        "/",
        "/clients/list/",
        str(first),
        "/clients/add",
        "/cases/list/",
        "/cases/add",
        "/help/",
    ):
        line.open(address)
        assert 1 <= len(line.network_answers) <= 2, f"{address}:\n{line.describe()}"
        assert line.total_bytes < 25 * KILOBYTE, f"{address}:\n{line.describe()}"


def test_no_request_leaves_the_origin(first_visit: Page, origin: str) -> None:
    asked: list[str] = []
    first_visit.on("request", lambda request: asked.append(request.url))
    for address in (
        "/",
        "/clients/list/",
        "/clients/add",
        "/statistics/clients-per-year/",
        "/no-such-page",
    ):
        first_visit.goto(address, wait_until="networkidle")
    assert asked
    assert [url for url in asked if not url.startswith((f"{origin}/", "data:"))] == []


def test_files_are_compressed_and_kept_for_a_year_and_pages_are_only_compressed(first_visit: Page) -> None:
    line = NetworkLog(first_visit).open("/clients/list/")
    files = 0
    for answer in line.network_answers.values():
        heads = {name.lower(): value for name, value in answer["headers"].items()}
        static = "/static/" in answer["url"]
        files += static
        assert (YEAR_MAX_AGE in heads["cache-control"]) is static, answer["url"]
        assert ("no-store" in heads["cache-control"]) is not static, answer["url"]
        assert not static or "v=" in urlsplit(answer["url"]).query, answer["url"]
        if (
            heads["content-type"].startswith(TEXT_TYPES)
            and int(heads.get("content-length", COMPRESSED_FROM)) >= COMPRESSED_FROM
        ):
            assert heads.get("content-encoding") in ("br", "gzip", "zstd"), answer["url"]
    assert files > 3
