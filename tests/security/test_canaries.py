"""Two hidden cases, and nothing of them anywhere: no page, paper, filter, search, order or refusal tells."""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.views import PortalView
from tests.support import hidden, portal, walking
from tests.support.client import PortalClient
from tests.support.hidden import LIMITED, NIK, NUMBERS, OF_TEAM, PHONE, SECRET, Hidden, given_away
from tests.support.portal import Portal

EVERYTHING = (SECRET, LIMITED, *NUMBERS, *OF_TEAM)
OF_SECRET = (SECRET, *NUMBERS)
"""What administrators and supervisors may not know; a limited case is for them."""
OUTSIDERS = ("sari", "admin", "kabid")
RECEIPT = re.compile(r"/expenditures/\d+/file/evidence$")


@pytest.fixture(scope="module")
def planted() -> Iterator[tuple[Portal, Hidden]]:
    """Both cases, once for all tests: those only look, or are refused."""
    yield from _planted("sqlite")


def _planted(dialect: str) -> Iterator[tuple[Portal, Hidden]]:
    house = portal.of_dialect(dialect)
    house.reset()
    with house.app.app_context():
        yield house, hidden.plant()
    house.close()


def leaks(client: PortalClient, addresses: Iterable[str], words: Sequence[str], **sent: Any) -> list[str]:
    """The addresses that say one of the words, or that break."""
    found, asked = [], 0
    for address in addresses:
        answer, asked = client.open(address, **sent), asked + 1
        told = given_away(answer, words)
        if told or answer.status_code >= 500:
            found.append(f"{answer.status_code} {address}: {told}")
    assert asked > 20, "nothing was asked"
    return found


def told_of(world: Hidden, who: str) -> tuple[str, ...]:
    """What must not be told to this outsider; who answers for the money reads numbers of cases."""
    return (*EVERYTHING, world.number) if who == "sari" else OF_SECRET


def rows(client: PortalClient, address: str) -> list[str]:
    answer = client.get(address)
    return re.findall(r"/show/\d+", answer.text) if answer.status_code == 200 else []


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_page_paper_or_file_of_a_hidden_record_is_for_an_outsider(
    planted: tuple[Portal, Hidden], who: str, caplog: pytest.LogCaptureFixture
) -> None:
    house, world = planted
    client = portal.logged_in(house, who)
    ids = world.ids if who == "admin" else world.few
    pages = [one for one in walking.records(house.app, ids) if who != "admin" or not RECEIPT.search(one)]
    with caplog.at_level(logging.DEBUG):  # an administrator files the receipts, so he may open them
        assert leaks(client, pages, told_of(world, who)) == []
    assert not [record for record in caplog.records if SECRET in record.getMessage()]


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_list_in_any_order_and_no_page_of_sums_tells_an_outsider(
    planted: tuple[Portal, Hidden], who: str
) -> None:
    house, world = planted
    client = portal.logged_in(house, who)
    pages = [*walking.lists(house.app), *walking.others(house.app, clock.year())]
    assert leaks(client, pages, told_of(world, who)) == []


@pytest.mark.parametrize("who", ["sari", "admin"])
def test_no_press_on_a_hidden_record_is_answered_with_it(planted: tuple[Portal, Hidden], who: str) -> None:
    house, world = planted
    client = portal.logged_in(house, who)
    private = {table: keys for table, keys in world.few.items() if table not in ("grant_fund", "partner")}
    pressed = walking.records(house.app, private, method="POST")
    assert (
        leaks(client, pressed, told_of(world, who), method="POST", data={"version": "0", "reason": "?"}) == []
    )


def test_a_filter_by_what_is_hidden_finds_as_much_as_one_by_what_is_not_there(
    planted: tuple[Portal, Hidden],
) -> None:
    house, world = planted
    sari, dodi = (portal.logged_in(house, who) for who in ("sari", "dodi"))
    asked = list(walking.filters(house.app, world.secret))
    nothing = {none: rows(sari, none) for none in {none for _hidden, none in asked}}
    assert [address for address, none in asked if rows(sari, address) != nothing[none]] == []
    assert [address for address, _none in asked if rows(dodi, address)], "nothing was asked"


@pytest.mark.parametrize("words", [SECRET[3:9], NIK, NIK[-4:], PHONE, "LK3/"])
def test_no_search_and_no_choice_finds_it(planted: tuple[Portal, Hidden], words: str) -> None:
    house, world = planted
    sari = portal.logged_in(house, "sari")
    forbidden = {f"/{room}/show/{pk}" for room, pk in _pages(house.app, world.secret)}
    for page in walking.searches(guarded(house.app), (words,)):
        text = sari.get_page(page).replace(words, "")
        assert SECRET not in text, page
        assert not forbidden & set(re.findall(r"/[\w-]+/show/\d+", text)), page


def _pages(app: Flask, ids: walking.Ids) -> Iterator[tuple[str, int]]:
    for view in guarded(app):
        for pk in ids.get(walking.table_of(view), []):
            yield view.room, pk


def guarded(app: Flask) -> list[PortalView]:
    """The rooms in which something may be hidden."""
    with app.test_request_context():
        sari = portal.person("sari")
        return [view for view in walking.views(app) if view.is_guarded(sari)]


def test_no_address_puts_it_into_a_form(planted: tuple[Portal, Hidden]) -> None:
    house, world = planted
    sari = portal.logged_in(house, "sari")
    assert leaks(sari, walking.prefilled(house.app, world.secret), EVERYTHING) == []


@pytest.fixture
def elsewhere() -> Iterator[tuple[Portal, Hidden]]:
    """The same on PostgreSQL."""
    yield from _planted("postgresql")


def test_the_other_database_hides_as_much(elsewhere: tuple[Portal, Hidden]) -> None:
    house, world = elsewhere
    sari = portal.logged_in(house, "sari")
    lists = [f"{view.route_base}/list/" for view in walking.views(house.app)]
    searches = walking.searches(guarded(house.app), (SECRET[3:9],))
    assert leaks(sari, [*walking.records(house.app, world.few), *lists], told_of(world, "sari")) == []
    assert leaks(sari, searches, NUMBERS) == []
