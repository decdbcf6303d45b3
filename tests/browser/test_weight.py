"""What a page weighs on the line: compressed, counted as the browser counts it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests import factories as make
from tests.support.portal import Portal

Enter = Callable[..., Page]
KILO = 1000
YEAR = "max-age=31536000"
SMALL = 500
"""Bytes of a file that compression would not make shorter."""
TEXTS = ("text/", "application/javascript", "image/svg")


@dataclass
class Line:
    """What went over the line since the last look."""

    page: Page
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    """Requests that the browser's memory answered."""

    def __post_init__(self) -> None:
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._finished)
        session.on("Network.requestServedFromCache", lambda event: self.kept.add(event["requestId"]))

    def _answered(self, event: dict[str, Any]) -> None:
        self.answers[event["requestId"]] = event["response"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.weights[event["requestId"]] = event["encodedDataLength"]

    def open(self, address: str) -> "Line":
        """Go there and count anew, from the first request until nothing moves."""
        self.answers.clear()
        self.weights.clear()
        self.page.goto(address, wait_until="networkidle")
        return self

    @property
    def sent(self) -> dict[str, dict[str, Any]]:
        """The answers that came over the line, not out of the browser's memory."""
        return {
            key: answer
            for key, answer in self.answers.items()
            if key not in self.kept
            and not answer.get("fromDiskCache")
            and urlsplit(answer["url"]).scheme.startswith("http")
        }

    @property
    def weight(self) -> float:
        """Bytes with their heads."""
        return sum(self.weights[key] for key in self.sent)

    def told(self) -> str:
        """Each answer and its weight, for whoever has to find what is heavy."""
        return "\n".join(f"{self.weights[key]:9.0f} {one['url']}" for key, one in self.sent.items())


@pytest.fixture
def newcomer(site: Portal, enter: Enter, open_page: Enter) -> Page:
    """Rina's browser before it has loaded any file of ours; there are clients enough for a full page."""
    with site.app.app_context():
        for _number in range(30):
            make.case(client=make.client(by="rina"))
    page = open_page()
    page.context.add_cookies(enter("rina").context.cookies())  # type: ignore[arg-type]
    return page


def test_a_first_visit_is_light(newcomer: Page) -> None:
    line = Line(newcomer).open("/clients/list/")
    assert len(line.sent) <= 12, line.told()
    assert 10 * KILO < line.weight < 120 * KILO, line.told()


def test_later_pages_are_lighter(newcomer: Page) -> None:
    line = Line(newcomer).open("/clients/list/")
    first = newcomer.locator("td.c-title a").first.get_attribute("href")
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
        assert 1 <= len(line.sent) <= 2, f"{address}:\n{line.told()}"
        assert line.weight < 25 * KILO, f"{address}:\n{line.told()}"


def test_nothing_is_asked_of_others(newcomer: Page, origin: str) -> None:
    asked: list[str] = []
    newcomer.on("request", lambda request: asked.append(request.url))
    for address in (
        "/",
        "/clients/list/",
        "/clients/add",
        "/statistics/clients-per-year/",
        "/no-such-page",
    ):
        newcomer.goto(address, wait_until="networkidle")
    assert asked
    assert [url for url in asked if not url.startswith((f"{origin}/", "data:"))] == []


def test_files_are_compressed_and_kept_for_a_year_and_pages_are_only_compressed(newcomer: Page) -> None:
    line = Line(newcomer).open("/clients/list/")
    files = 0
    for answer in line.sent.values():
        heads = {name.lower(): value for name, value in answer["headers"].items()}
        static = "/static/" in answer["url"]
        files += static
        assert (YEAR in heads["cache-control"]) is static, answer["url"]
        assert ("no-store" in heads["cache-control"]) is not static, answer["url"]
        assert not static or "v=" in urlsplit(answer["url"]).query, answer["url"]
        if heads["content-type"].startswith(TEXTS) and int(heads.get("content-length", SMALL)) >= SMALL:
            assert heads.get("content-encoding") in ("br", "gzip", "zstd"), answer["url"]
    assert files > 3
