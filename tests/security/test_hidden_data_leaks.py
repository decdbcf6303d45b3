"""Two hidden cases, and nothing of them anywhere: no page, paper, filter, search, order or refusal tells."""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest
from flask import Flask

from app.admin.base import PortalView
from app.core import clock
from tests.support import hidden_cases, portal, site_addresses
from tests.support.client import PortalClient
from tests.support.hidden_cases import (
    LIMITED_WORD,
    NIK,
    PHONE,
    SECRET_NUMBERS,
    SECRET_WORD,
    TEAM_ONLY_NUMBERS,
    HiddenCases,
    find_leaked_words,
)
from tests.support.portal import PortalInstance

ALL_HIDDEN_WORDS = (SECRET_WORD, LIMITED_WORD, *SECRET_NUMBERS, *TEAM_ONLY_NUMBERS)
SECRET_WORDS = (SECRET_WORD, *SECRET_NUMBERS)
"""What administrators and supervisors may not know; a limited case is for them."""
OUTSIDERS = ("sari", "admin", "kabid")
RECEIPT_PATH = re.compile(r"/expenditures/\d+/file/evidence$")


@pytest.fixture(scope="module")
def planted_cases() -> Iterator[tuple[PortalInstance, HiddenCases]]:
    """Both cases, once for all tests: those only look, or are refused."""
    yield from _plant_cases("sqlite")


def _plant_cases(dialect: str) -> Iterator[tuple[PortalInstance, HiddenCases]]:
    house = portal.get_portal_instance(dialect)
    house.reset()
    with house.app.app_context():
        yield house, hidden_cases.create_hidden_cases()
    house.close()


def find_leaks(
    client: PortalClient, addresses: Iterable[str], words: Sequence[str], **sent: Any
) -> list[str]:
    """The addresses that say one of the words, or that break."""
    found, asked = [], 0
    for address in addresses:
        answer, asked = client.open(address, **sent), asked + 1
        told = find_leaked_words(answer, words)
        if told or answer.status_code >= 500:
            found.append(f"{answer.status_code} {address}: {told}")
    assert asked > 20, "nothing was asked"
    return found


def hidden_words_for(world: HiddenCases, who: str) -> tuple[str, ...]:
    """What must not be told to this outsider; who answers for the money reads numbers of cases."""
    return (*ALL_HIDDEN_WORDS, world.secret_case_number) if who == "sari" else SECRET_WORDS


def list_record_links(client: PortalClient, address: str) -> list[str]:
    answer = client.get(address)
    return re.findall(r"/show/\d+", answer.text) if answer.status_code == 200 else []


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_page_paper_or_file_of_a_hidden_record_is_for_an_outsider(
    planted_cases: tuple[PortalInstance, HiddenCases], who: str, caplog: pytest.LogCaptureFixture
) -> None:
    house, world = planted_cases
    client = portal.log_in_client(house, who)
    ids = world.ids if who == "admin" else world.sample_ids
    pages = [
        one
        for one in site_addresses.record_addresses(house.app, ids)
        if who != "admin" or not RECEIPT_PATH.search(one)
    ]
    with caplog.at_level(logging.DEBUG):  # an administrator files the receipts, so he may open them
        assert find_leaks(client, pages, hidden_words_for(world, who)) == []
    assert not [record for record in caplog.records if SECRET_WORD in record.getMessage()]


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_list_order_and_no_sum_reveals_a_hidden_record(
    planted_cases: tuple[PortalInstance, HiddenCases], who: str
) -> None:
    house, world = planted_cases
    client = portal.log_in_client(house, who)
    pages = [
        *site_addresses.list_addresses(house.app),
        *site_addresses.other_addresses(house.app, clock.current_year()),
    ]
    assert find_leaks(client, pages, hidden_words_for(world, who)) == []


@pytest.mark.parametrize("who", ["sari", "admin"])
def test_no_post_to_a_hidden_record_reveals_it(
    planted_cases: tuple[PortalInstance, HiddenCases], who: str
) -> None:
    house, world = planted_cases
    client = portal.log_in_client(house, who)
    private = {
        table: keys for table, keys in world.sample_ids.items() if table not in ("grant_fund", "partner")
    }
    pressed = site_addresses.record_addresses(house.app, private, method="POST")
    assert (
        find_leaks(
            client, pressed, hidden_words_for(world, who), method="POST", data={"version": "0", "reason": "?"}
        )
        == []
    )


def test_a_filter_by_what_is_hidden_finds_as_much_as_one_by_what_is_not_there(
    planted_cases: tuple[PortalInstance, HiddenCases],
) -> None:
    house, world = planted_cases
    sari, dodi = (portal.log_in_client(house, who) for who in ("sari", "dodi"))
    asked = list(site_addresses.filter_addresses(house.app, world.secret_ids))
    nothing = {none: list_record_links(sari, none) for none in {none for _hidden, none in asked}}
    assert [address for address, none in asked if list_record_links(sari, address) != nothing[none]] == []
    assert [address for address, _none in asked if list_record_links(dodi, address)], "nothing was asked"


@pytest.mark.parametrize("words", [SECRET_WORD[3:9], NIK, NIK[-4:], PHONE, "LK3/"])
def test_no_search_and_no_option_finds_a_hidden_record(
    planted_cases: tuple[PortalInstance, HiddenCases], words: str
) -> None:
    house, world = planted_cases
    sari = portal.log_in_client(house, "sari")
    forbidden = {f"/{room}/show/{pk}" for room, pk in _hidden_record_keys(house.app, world.secret_ids)}
    for page in site_addresses.search_addresses(guarded_views(house.app), (words,)):
        text = sari.get_page(page).replace(words, "")
        assert SECRET_WORD not in text, page
        assert not forbidden & set(re.findall(r"/[\w-]+/show/\d+", text)), page


def _hidden_record_keys(app: Flask, ids: site_addresses.RecordIds) -> Iterator[tuple[str, int]]:
    for view in guarded_views(app):
        for pk in ids.get(site_addresses.table_name(view), []):
            yield view.room, pk


def guarded_views(app: Flask) -> list[PortalView]:
    """The rooms in which something may be hidden."""
    with app.test_request_context():
        sari = portal.get_user("sari")
        return [view for view in site_addresses.list_views(app) if view.has_hidden_records(sari)]


def test_no_prefilled_form_reveals_a_hidden_record(planted_cases: tuple[PortalInstance, HiddenCases]) -> None:
    house, world = planted_cases
    sari = portal.log_in_client(house, "sari")
    assert (
        find_leaks(
            sari, site_addresses.prefilled_form_addresses(house.app, world.secret_ids), ALL_HIDDEN_WORDS
        )
        == []
    )


@pytest.fixture
def planted_on_postgresql() -> Iterator[tuple[PortalInstance, HiddenCases]]:
    """The same on PostgreSQL."""
    yield from _plant_cases("postgresql")


def test_postgresql_hides_the_same_records(planted_on_postgresql: tuple[PortalInstance, HiddenCases]) -> None:
    house, world = planted_on_postgresql
    sari = portal.log_in_client(house, "sari")
    lists = [f"{view.route_base}/list/" for view in site_addresses.list_views(house.app)]
    searches = site_addresses.search_addresses(guarded_views(house.app), (SECRET_WORD[3:9],))
    assert (
        find_leaks(
            sari,
            [*site_addresses.record_addresses(house.app, world.sample_ids), *lists],
            hidden_words_for(world, "sari"),
        )
        == []
    )
    assert find_leaks(sari, searches, SECRET_NUMBERS) == []
