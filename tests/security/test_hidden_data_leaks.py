"""Records of two hidden cases appear in no page, file, list, search or error of users without access."""

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
"""Words that administrators and supervisors may not read either; they may read the limited case."""
OUTSIDERS = ("sari", "admin", "kabid")
RECEIPT_PATH = re.compile(r"/expenditures/\d+/file/evidence$")


@pytest.fixture(scope="module")
def planted_cases() -> Iterator[tuple[PortalInstance, HiddenCases]]:
    """Both hidden cases, created once for the module: its requests only read or are refused."""
    yield from _plant_cases("sqlite")


def _plant_cases(dialect: str) -> Iterator[tuple[PortalInstance, HiddenCases]]:
    instance = portal.get_portal_instance(dialect)
    instance.reset()
    with instance.app.app_context():
        yield instance, hidden_cases.create_hidden_cases()
    instance.close()


def find_leaks(
    client: PortalClient, addresses: Iterable[str], words: Sequence[str], **sent: Any
) -> list[str]:
    """Return the addresses whose response contains one of the words or is a server error."""
    found, requested = [], 0
    for address in addresses:
        answer, requested = client.open(address, **sent), requested + 1
        leaked = find_leaked_words(answer, words)
        if leaked or answer.status_code >= 500:
            found.append(f"{answer.status_code} {address}: {leaked}")
    assert requested > 20, "no addresses were requested"
    return found


def hidden_words_for(planted: HiddenCases, who: str) -> tuple[str, ...]:
    """Return the words that this user may not read; administrators and supervisors may read case numbers."""
    return (*ALL_HIDDEN_WORDS, planted.secret_case_number) if who == "sari" else SECRET_WORDS


def list_record_links(client: PortalClient, address: str) -> list[str]:
    answer = client.get(address)
    return re.findall(r"/show/\d+", answer.text) if answer.status_code == 200 else []


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_page_paper_or_file_of_a_hidden_record_is_for_an_outsider(
    planted_cases: tuple[PortalInstance, HiddenCases], who: str, caplog: pytest.LogCaptureFixture
) -> None:
    instance, planted = planted_cases
    client = portal.log_in_client(instance, who)
    ids = planted.ids if who == "admin" else planted.sample_ids
    # An administrator files the receipts, so this role may open them.
    pages = [
        one
        for one in site_addresses.record_addresses(instance.app, ids)
        if who != "admin" or not RECEIPT_PATH.search(one)
    ]
    with caplog.at_level(logging.DEBUG):
        assert find_leaks(client, pages, hidden_words_for(planted, who)) == []
    assert not [record for record in caplog.records if SECRET_WORD in record.getMessage()]


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_list_order_and_no_sum_reveals_a_hidden_record(
    planted_cases: tuple[PortalInstance, HiddenCases], who: str
) -> None:
    instance, planted = planted_cases
    client = portal.log_in_client(instance, who)
    pages = [
        *site_addresses.list_addresses(instance.app),
        *site_addresses.other_addresses(instance.app, clock.current_year()),
    ]
    assert find_leaks(client, pages, hidden_words_for(planted, who)) == []


@pytest.mark.parametrize("who", ["sari", "admin"])
def test_no_post_to_a_hidden_record_reveals_it(
    planted_cases: tuple[PortalInstance, HiddenCases], who: str
) -> None:
    instance, planted = planted_cases
    client = portal.log_in_client(instance, who)
    private = {
        table: keys for table, keys in planted.sample_ids.items() if table not in ("grant_fund", "partner")
    }
    post_addresses = site_addresses.record_addresses(instance.app, private, method="POST")
    assert (
        find_leaks(
            client,
            post_addresses,
            hidden_words_for(planted, who),
            method="POST",
            data={"version": "0", "reason": "?"},
        )
        == []
    )


def test_filter_by_a_hidden_record_finds_as_much_as_one_by_a_missing_record(
    planted_cases: tuple[PortalInstance, HiddenCases],
) -> None:
    instance, planted = planted_cases
    sari, dodi = (portal.log_in_client(instance, who) for who in ("sari", "dodi"))
    requested = list(site_addresses.filter_addresses(instance.app, planted.secret_ids))
    nothing = {none: list_record_links(sari, none) for none in {none for _hidden, none in requested}}
    assert [address for address, none in requested if list_record_links(sari, address) != nothing[none]] == []
    assert [address for address, _none in requested if list_record_links(dodi, address)], (
        "no filter finds a hidden record for Dodi"
    )


@pytest.mark.parametrize("words", [SECRET_WORD[3:9], NIK, NIK[-4:], PHONE, "LK3/"])
def test_no_search_and_no_option_finds_a_hidden_record(
    planted_cases: tuple[PortalInstance, HiddenCases], words: str
) -> None:
    instance, planted = planted_cases
    sari = portal.log_in_client(instance, "sari")
    forbidden = {f"/{room}/show/{pk}" for room, pk in _hidden_record_keys(instance.app, planted.secret_ids)}
    for page in site_addresses.search_addresses(guarded_views(instance.app), (words,)):
        text = sari.get_page(page).replace(words, "")
        assert SECRET_WORD not in text, page
        assert not forbidden & set(re.findall(r"/[\w-]+/show/\d+", text)), page


def _hidden_record_keys(app: Flask, ids: site_addresses.RecordIds) -> Iterator[tuple[str, int]]:
    for view in guarded_views(app):
        for pk in ids.get(site_addresses.table_name(view), []):
            yield view.room, pk


def guarded_views(app: Flask) -> list[PortalView]:
    """Return the views in which records may be hidden from Sari."""
    with app.test_request_context():
        sari = portal.get_user("sari")
        return [view for view in site_addresses.list_views(app) if view.has_hidden_records(sari)]


def test_no_prefilled_form_reveals_a_hidden_record(planted_cases: tuple[PortalInstance, HiddenCases]) -> None:
    instance, planted = planted_cases
    sari = portal.log_in_client(instance, "sari")
    assert (
        find_leaks(
            sari, site_addresses.prefilled_form_addresses(instance.app, planted.secret_ids), ALL_HIDDEN_WORDS
        )
        == []
    )


@pytest.fixture
def planted_on_postgresql() -> Iterator[tuple[PortalInstance, HiddenCases]]:
    """The same cases on PostgreSQL."""
    yield from _plant_cases("postgresql")


def test_postgresql_hides_the_same_records(planted_on_postgresql: tuple[PortalInstance, HiddenCases]) -> None:
    instance, planted = planted_on_postgresql
    sari = portal.log_in_client(instance, "sari")
    lists = [f"{view.route_base}/list/" for view in site_addresses.list_views(instance.app)]
    searches = site_addresses.search_addresses(guarded_views(instance.app), (SECRET_WORD[3:9],))
    assert (
        find_leaks(
            sari,
            [*site_addresses.record_addresses(instance.app, planted.sample_ids), *lists],
            hidden_words_for(planted, "sari"),
        )
        == []
    )
    assert find_leaks(sari, searches, SECRET_NUMBERS) == []
