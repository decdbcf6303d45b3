"""The walk through a large office, the same on both databases; each of them builds its office once."""

from collections.abc import Iterable

import pytest
from flask import Flask

from tests.speed.office import choices, entered, few_lists, is_large, lists, other_pages, rooms
from tests.speed.plans import Judge

COUNTED = ("/statistics/clients-per-year/",)
"""Counts the cases of all years: it reads them all, in an index that holds all that is asked of them."""


def faults(app: Flask, username: str, addresses: Iterable[str], *, drawn: bool) -> str:
    """What is wrong with these pages, line by line."""
    judge, client = Judge(), entered(app, username)
    return "\n".join(
        f"{address} {fault}" for address in addresses for fault in judge.faults(client, address, drawn=drawn)
    )


class Walks:
    """Every page of a large office, asked for by those who are asked differently."""

    def test_no_list_reads_or_sorts_a_large_table(self, large: Flask) -> None:
        asks = [(lists if is_large(view) else few_lists, view) for view in rooms(large)]
        addresses = [one for ask, view in asks for one in (*ask(view), *choices(view))]
        found = faults(large, "rina", addresses, drawn=False)
        assert not found, found

    @pytest.mark.parametrize("username", ["kabid", "admin"])
    def test_nor_does_it_for_who_sees_more(self, large: Flask, username: str) -> None:
        addresses = [one for view in rooms(large) if is_large(view) for one in few_lists(view)]
        found = faults(large, username, addresses, drawn=False)
        assert not found, found

    @pytest.mark.parametrize("username", ["rina", "kabid", "admin"])
    def test_no_other_page_reads_or_sorts_a_large_table(self, large: Flask, username: str) -> None:
        addresses = [one for one in other_pages(large) if one not in COUNTED]
        found = faults(large, username, addresses, drawn=True)
        assert not found, found
