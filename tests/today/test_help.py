"""The page of help."""

import pytest

from tests.today.support import AsUser, first_page

PARTS = {
    "rina": {"night", "day", "together"},
    "admin": {"people", "partners", "care"},
    "kabid": {"read", "ask"},
}
FOR_ALL = {"never", "whom"}


@pytest.mark.parametrize("who", PARTS)
def test_each_role_reads_its_own_page_of_help(as_user: AsUser, who: str) -> None:
    page = first_page(as_user(who), "/help/")
    everything = FOR_ALL.union(*PARTS.values())
    assert {part for part in everything if f'id="help-{part}"' in page} == PARTS[who] | FOR_ALL


@pytest.mark.parametrize("who", PARTS)
def test_the_account_menu_leads_to_it(as_user: AsUser, who: str) -> None:
    assert 'href="/help/"' in as_user(who).get("/profile/").text
