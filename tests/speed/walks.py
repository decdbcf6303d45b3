"""The walk through a large office, the same on both databases; each of them builds its office once."""

import pytest
from flask import Flask

from tests.speed.office import choices, entered, few_lists, is_large, lists, other_pages, rooms
from tests.speed.plans import Judge

COUNTED = ("/statistics/clients-per-year/",)
"""Counts the cases of all years: it reads them all, in an index that holds all that is asked of them."""


class Walks:
    """Every page of a large office, asked for by those who are asked differently."""

    def test_no_list_reads_or_sorts_a_large_table(self, large: Flask) -> None:
        judge, rina = Judge(), entered(large, "rina")
        addresses = [one for view in rooms(large) for one in (*lists(view), *choices(view))]
        found = {address: judge.faults(rina, address, drawn=False) for address in addresses}
        assert {address: faults for address, faults in found.items() if faults} == {}

    @pytest.mark.parametrize("username", ["kabid", "admin"])
    def test_nor_does_it_for_who_sees_more(self, large: Flask, username: str) -> None:
        judge, client = Judge(), entered(large, username)
        addresses = [one for view in rooms(large) if is_large(view) for one in few_lists(view)]
        found = {address: judge.faults(client, address, drawn=False) for address in addresses}
        assert {address: faults for address, faults in found.items() if faults} == {}

    @pytest.mark.parametrize("username", ["rina", "kabid", "admin"])
    def test_no_other_page_reads_or_sorts_a_large_table(self, large: Flask, username: str) -> None:
        judge, client = Judge(), entered(large, username)
        found = {a: judge.faults(client, a) for a in other_pages(large) if a not in COUNTED}
        assert {address: faults for address, faults in found.items() if faults} == {}
