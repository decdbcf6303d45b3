"""What the tests of the first page share."""

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
    """The counts that lead to lists of the room, in order: number and address."""
    found = re.findall(rf'<a href="(/{room}/list/\?[^"]*)"[^>]*>([^<]*)</a>', page)
    return [(int(re.sub(r"\D", "", words.partition(" ")[0])), url) for url, words in found]


def count_listed(client: PortalClient, url: str) -> int:
    """How many records the list behind a link shows."""
    return client.get(url).text.partition("<tbody>")[2].count("<tr>")
