"""Supervisors read no full NIK, No. KK or phone number in any page, file or API response."""

from collections.abc import Iterator

import pytest

from app.core import clock
from tests.support import hidden_cases, portal, site_addresses
from tests.support.client import PortalClient
from tests.support.hidden_cases import LIMITED_NUMBERS, TYPED_NUMBER, HiddenCases, find_leaked_words
from tests.support.portal import PortalInstance


@pytest.fixture(scope="module")
def planted_cases() -> Iterator[tuple[PortalInstance, HiddenCases]]:
    """A limited case, which supervisors may read, with full numbers in every column and text."""
    instance = portal.get_portal_instance("sqlite")
    instance.reset()
    with instance.app.app_context():
        yield instance, hidden_cases.create_hidden_cases()
    instance.close()


def limited_case_addresses(instance: PortalInstance, planted: HiddenCases) -> list[str]:
    """Return the addresses of all pages, files and API responses about the limited case."""
    letters = "&".join(f"id={key}" for key in planted.limited_ids["referral"])
    found = [
        *site_addresses.record_addresses(instance.app, planted.limited_ids),
        *site_addresses.list_addresses(instance.app),
    ]
    found += [
        *site_addresses.other_addresses(instance.app, clock.current_year()),
        f"/referrals/letters.pdf?{letters}",
    ]
    found += site_addresses.search_addresses(site_addresses.list_views(instance.app), ("Putri Terbatas",))
    return list(dict.fromkeys(found))


def find_full_numbers(client: PortalClient, addresses: list[str]) -> dict[str, list[str]]:
    """Return the full numbers of each response that contains any."""
    answers = {address: client.get(address) for address in addresses}
    assert [a for a, answer in answers.items() if answer.status_code >= 500] == []
    return {
        a: found for a, answer in answers.items() if (found := find_leaked_words(answer, LIMITED_NUMBERS))
    }


def test_supervisor_reads_no_full_number_on_any_page_paper_file_or_api_answer(
    planted_cases: tuple[PortalInstance, HiddenCases],
) -> None:
    instance, planted = planted_cases
    assert (
        find_full_numbers(portal.log_in_client(instance, "kabid"), limited_case_addresses(instance, planted))
        == {}
    )


def test_team_reads_every_number_in_full(planted_cases: tuple[PortalInstance, HiddenCases]) -> None:
    instance, planted = planted_cases
    (referral, *_) = planted.limited_ids["referral"]
    addresses = [f"/clients/show/{key}" for key in planted.limited_ids["client"]]
    addresses += [f"/incoming-reports/show/{planted.limited_ids['incoming_report'][0]}"]
    overview, letter = f"/referrals/{referral}/", f"/referrals/{referral}/letter.pdf"
    found = find_full_numbers(portal.log_in_client(instance, "dodi"), [*addresses, overview, letter])
    assert {number for numbers in found.values() for number in numbers} == set(LIMITED_NUMBERS)
    shared_numbers = set(LIMITED_NUMBERS) - {hidden_cases.LIMITED_REPORTER[1:]}
    assert set(found[overview]) == set(found[letter]) == shared_numbers


def test_supervisor_reads_the_last_four_digits(planted_cases: tuple[PortalInstance, HiddenCases]) -> None:
    instance, planted = planted_cases
    kabid, (referral, *_) = portal.log_in_client(instance, "kabid"), planted.limited_ids["referral"]
    overview = kabid.get_page(f"/referrals/{referral}/")
    for number in (hidden_cases.LIMITED_NIK, *hidden_cases.LIMITED_DETAILS.values(), TYPED_NUMBER):
        assert f"••••{number[-4:]}" in overview


def test_partner_reads_every_number_that_is_shared(planted_cases: tuple[PortalInstance, HiddenCases]) -> None:
    instance, planted = planted_cases
    partner, (token, code) = PortalClient(instance.app, instance.app.response_class), planted.limited_link
    assert partner.post(f"/r/{token}", data={"code": code}).status_code == 303
    page = partner.get(f"/r/{token}")
    shared = (
        hidden_cases.LIMITED_NIK,
        *(number.removeprefix("0") for number in hidden_cases.LIMITED_DETAILS.values()),
    )
    assert set(shared) <= set(find_leaked_words(page, LIMITED_NUMBERS))
