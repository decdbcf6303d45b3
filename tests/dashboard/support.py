"""Helpers for the tests of the first page."""

import re
from collections.abc import Callable
from html import unescape

from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]


def get_first_page(client: PortalClient, address: str = "/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.text).partition("<main")[2].partition("</main>")[0]


def list_counts(page: str, room: str) -> list[tuple[int, str]]:
    """Return number and URL of each count that links to a list of the room, in their order."""
    found = re.findall(rf'<a href="(/{room}/list/\?[^"]*)"[^>]*>([^<]*)</a>', page)
    return [(int(re.sub(r"\D", "", words.partition(" ")[0])), url) for url, words in found]


def count_listed(client: PortalClient, url: str) -> int:
    """Return the number of rows in the list behind a link."""
    return client.get(url).text.partition("<tbody>")[2].count("<tr>")
