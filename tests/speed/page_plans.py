"""The walk through a large office, the same on both databases; each of them builds its office once."""

from collections.abc import Iterable

import pytest
from flask import Flask

from tests.speed.large_office import (
    few_list_addresses,
    is_large,
    list_addresses,
    list_views,
    log_in_to_office,
    option_addresses,
    other_addresses,
)
from tests.speed.query_plans import PlanChecker

EXCLUDED_PAGES = ("/statistics/clients-per-year/",)
"""Counts the cases of all years: it reads them all, in an index that holds all that is asked of them."""


def find_plan_faults(app: Flask, username: str, addresses: Iterable[str], *, render: bool) -> str:
    """What is wrong with these pages, line by line."""
    judge, client = PlanChecker(), log_in_to_office(app, username)
    return "\n".join(
        f"{address} {fault}"
        for address in addresses
        for fault in judge.find_faults(client, address, render=render)
    )


class PagePlans:
    """Every page of a large office, asked for by those who are asked differently."""

    def test_no_list_reads_or_sorts_a_large_table(self, large_app: Flask) -> None:
        asks = [
            (list_addresses if is_large(view) else few_list_addresses, view) for view in list_views(large_app)
        ]
        addresses = [one for ask, view in asks for one in (*ask(view), *option_addresses(view))]
        found = find_plan_faults(large_app, "rina", addresses, render=False)
        assert not found, found

    @pytest.mark.parametrize("username", ["kabid", "admin"])
    def test_no_list_of_other_roles_reads_or_sorts_a_large_table(
        self, large_app: Flask, username: str
    ) -> None:
        addresses = [
            one for view in list_views(large_app) if is_large(view) for one in few_list_addresses(view)
        ]
        found = find_plan_faults(large_app, username, addresses, render=False)
        assert not found, found

    @pytest.mark.parametrize("username", ["rina", "kabid", "admin"])
    def test_no_other_page_reads_or_sorts_a_large_table(self, large_app: Flask, username: str) -> None:
        addresses = [one for one in other_addresses(large_app) if one not in EXCLUDED_PAGES]
        found = find_plan_faults(large_app, username, addresses, render=True)
        assert not found, found
