"""Full NIK, No. KK and phone numbers in every column and text: the supervisor reads none, by any way out."""

from collections.abc import Iterator

import pytest

from app.core import clock
from tests.support import hidden, portal, walking
from tests.support.client import PortalClient
from tests.support.hidden import NUMBERS_OF_LIMITED, TYPED, Hidden, given_away
from tests.support.portal import Portal


@pytest.fixture(scope="module")
def planted() -> Iterator[tuple[Portal, Hidden]]:
    """A limited case, which the supervisor reads, full of numbers."""
    house = portal.of_dialect("sqlite")
    house.reset()
    with house.app.app_context():
        yield house, hidden.plant()
    house.close()


def pages(house: Portal, world: Hidden) -> list[str]:
    """Every page, file, paper and API answer that tells of the limited case."""
    letters = "&".join(f"id={key}" for key in world.limited["referral"])
    found = [*walking.records(house.app, world.limited), *walking.lists(house.app)]
    found += [*walking.others(house.app, clock.year()), f"/referrals/letters.pdf?{letters}"]
    found += walking.searches(walking.views(house.app), ("Putri Terbatas",))
    return list(dict.fromkeys(found))


def told(client: PortalClient, addresses: list[str]) -> dict[str, list[str]]:
    """The full numbers that each answer says."""
    answers = {address: client.get(address) for address in addresses}
    assert [a for a, answer in answers.items() if answer.status_code >= 500] == []
    return {a: found for a, answer in answers.items() if (found := given_away(answer, NUMBERS_OF_LIMITED))}


def test_supervisor_reads_no_full_number_on_any_page_paper_file_or_api_answer(
    planted: tuple[Portal, Hidden],
) -> None:
    house, world = planted
    assert told(portal.logged_in(house, "kabid"), pages(house, world)) == {}


def test_team_reads_every_number_in_full(planted: tuple[Portal, Hidden]) -> None:
    house, world = planted
    (referral, *_) = world.limited["referral"]
    addresses = [f"/clients/show/{key}" for key in world.limited["client"]]
    addresses += [f"/incoming-reports/show/{world.limited['incoming_report'][0]}"]
    desk, letter = f"/referrals/{referral}/", f"/referrals/{referral}/letter.pdf"
    found = told(portal.logged_in(house, "dodi"), [*addresses, desk, letter])
    assert {number for numbers in found.values() for number in numbers} == set(NUMBERS_OF_LIMITED)
    of_partner = set(NUMBERS_OF_LIMITED) - {hidden.LIMITED_REPORTER[1:]}
    assert set(found[desk]) == set(found[letter]) == of_partner


def test_supervisor_reads_the_last_four_digits(planted: tuple[Portal, Hidden]) -> None:
    house, world = planted
    kabid, (referral, *_) = portal.logged_in(house, "kabid"), world.limited["referral"]
    desk = kabid.get_page(f"/referrals/{referral}/")
    for number in (hidden.KNOWN_NIK, *hidden.DETAILS.values(), TYPED):
        assert f"••••{number[-4:]}" in desk


def test_partner_reads_every_number_that_is_shared(planted: tuple[Portal, Hidden]) -> None:
    house, world = planted
    partner, (token, code) = PortalClient(house.app, house.app.response_class), world.partner_of_limited
    assert partner.post(f"/r/{token}", data={"code": code}).status_code == 303
    page = partner.get(f"/r/{token}")
    shared = (hidden.KNOWN_NIK, *(number.removeprefix("0") for number in hidden.DETAILS.values()))
    assert set(shared) <= set(given_away(page, NUMBERS_OF_LIMITED))
