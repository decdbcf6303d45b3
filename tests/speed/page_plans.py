"""Tests of the query plans of all pages, shared by the modules for SQLite and PostgreSQL."""

from collections.abc import Iterable

import pytest
from flask import Flask

from tests.speed.large_office import (
    is_large,
    list_urls,
    list_views,
    log_in_to_office,
    option_urls,
    other_urls,
    short_list_urls,
)
from tests.speed.query_plans import PlanChecker

EXCLUDED_PAGES = ("/statistics/clients-per-year/",)
"""Counts the cases of all years, so it reads a whole index; see `QueryTraps`."""


def find_plan_faults(app: Flask, username: str, urls: Iterable[str], *, render: bool) -> str:
    """Return the faults of these pages, one per line."""
    checker, client = PlanChecker(), log_in_to_office(app, username)
    return "\n".join(
        f"{url} {fault}" for url in urls for fault in checker.find_faults(client, url, render=render)
    )


class PagePlans:
    """Requests all pages of the large office as each role whose queries differ."""

    def test_no_list_reads_or_sorts_a_large_table(self, large_app: Flask) -> None:
        builders = [
            (list_urls if is_large(view) else short_list_urls, view) for view in list_views(large_app)
        ]
        urls = [one for build, view in builders for one in (*build(view), *option_urls(view))]
        found = find_plan_faults(large_app, "rina", urls, render=False)
        assert not found, found

    @pytest.mark.parametrize("username", ["kabid", "admin"])
    def test_no_list_of_other_roles_reads_or_sorts_a_large_table(
        self, large_app: Flask, username: str
    ) -> None:
        urls = [one for view in list_views(large_app) if is_large(view) for one in short_list_urls(view)]
        found = find_plan_faults(large_app, username, urls, render=False)
        assert not found, found

    @pytest.mark.parametrize("username", ["rina", "kabid", "admin"])
    def test_no_other_page_reads_or_sorts_a_large_table(self, large_app: Flask, username: str) -> None:
        urls = [one for one in other_urls(large_app) if one not in EXCLUDED_PAGES]
        found = find_plan_faults(large_app, username, urls, render=True)
        assert not found, found
