"""The menu is cached per role and language, but each page marks its own view."""

import re
from collections.abc import Callable
from types import ModuleType

import pytest

from tests.support.client import PortalClient

CURRENT_LINK = re.compile(r'<a href="([^"]+)"\s+aria-current="page"')


@pytest.mark.parametrize("_again", range(2))
def test_each_page_marks_its_own_view(
    as_user: Callable[[str], PortalClient], make: ModuleType, _again: int
) -> None:
    rina, client = as_user("rina"), make.client()
    rooms = {
        "/": "/",
        "/clients/list/": "/clients/list/",
        f"/clients/show/{client.id}": "/clients/list/",
        "/cases/add": "/cases/list/",
        "/partners/list/": "/partners/list/",
    }
    for page, room in rooms.items():
        assert CURRENT_LINK.findall(rina.get(page).text) == [room, room], (
            "once in the menu, once in the tab bar"
        )
    assert CURRENT_LINK.findall(rina.get("/profile/").text) == []


def test_each_role_has_its_own_menu(as_user: Callable[[str], PortalClient]) -> None:
    pages = {who: as_user(who).get("/clients/list/").text for who in ("admin", "rina", "kabid")}
    assert [who for who, page in pages.items() if 'href="/users/list/"' in page] == ["admin"]
    assert [who for who, page in pages.items() if 'href="/clients/add"' in page] == ["admin", "rina"]


def test_each_language_has_its_own_menu(as_user: Callable[[str], PortalClient]) -> None:
    rina = as_user("rina")
    before = rina.get("/clients/list/").text
    rina.post("/language", data={"language": "en"})
    after = rina.get("/clients/list/").text
    assert ("Hari ini" in before, "Today" in before) == (True, False)
    assert ("Hari ini" in after, "Today" in after) == (False, True)
