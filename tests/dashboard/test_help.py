"""Help page and version."""

from importlib import metadata

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.dashboard.support import AsUser, get_first_page

ROLE_PARTS = {
    "rina": {"night", "day", "together"},
    "admin": {"people", "partners", "care"},
    "kabid": {"read", "ask"},
}
COMMON_PARTS = {"never", "whom"}


@pytest.mark.parametrize("who", ROLE_PARTS)
def test_each_role_reads_its_own_page_of_help(as_user: AsUser, who: str) -> None:
    page = get_first_page(as_user(who), "/help/")
    everything = COMMON_PARTS.union(*ROLE_PARTS.values())
    assert {part for part in everything if f'id="help-{part}"' in page} == ROLE_PARTS[who] | COMMON_PARTS


@pytest.mark.parametrize("who", ROLE_PARTS)
def test_account_menu_links_to_the_help_page(as_user: AsUser, who: str) -> None:
    assert 'href="/help/"' in as_user(who).get("/profile/").text


@pytest.mark.parametrize(("language", "text"), [("id", "Versi"), ("en", "Version")])
def test_help_shows_the_version(as_user: AsUser, language: str, text: str) -> None:
    client = as_user("rina")
    client.post("/language", data={"language": language})
    assert f"{text} {metadata.version('siaga')}" in get_first_page(client, "/help/")


def test_the_command_prints_the_version() -> None:
    answer = CliRunner().invoke(main, ["--version"])
    assert answer.output == f"Siaga {metadata.version('siaga')}\n"
