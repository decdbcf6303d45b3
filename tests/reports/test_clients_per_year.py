"""Chart and table of clients per year."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from html import unescape
from types import ModuleType, SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import inspect

from app.core import clock
from app.db.records import create
from app.extensions import db
from app.grants.enums import Measure, Qualifier
from app.grants.models.pots import PublishedFigure
from app.reference.enums import Confidentiality
from app.reports.queries import count_clients_per_year
from tests.support.client import PortalClient
from tests.support.record_factory import create_record

AsUser = Callable[[str], PortalClient]
ADDRESS = "/statistics/clients-per-year/"


def open_case_at(make: ModuleType, *moment: int, **data: Any) -> Any:
    with clock.freeze_time(datetime(*moment, tzinfo=clock.WITA)):
        return make.case(**data)


def test_each_client_counts_once_a_year_and_the_year_begins_in_bontang(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    client = make.client()
    open_case_at(make, 2024, 12, 31, 23, 59, client=client)
    open_case_at(make, 2025, 1, 1, 0, 0, client=client)
    open_case_at(make, 2025, 6, 1, client=client)
    open_case_at(make, 2025, 6, 2)
    with clock.freeze_time(datetime(2026, 11, 24, tzinfo=clock.WITA)):
        assert count_clients_per_year(people.kabid) == {2024: 1, 2025: 2}


def test_a_secret_case_counts_for_its_team_alone(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    open_case_at(make, 2025, 1, 1, confidentiality=Confidentiality.secret, team=[people.dodi])
    open_case_at(make, 2025, 1, 1, confidentiality=Confidentiality.limited)
    assert [count_clients_per_year(one) for one in (people.rina, people.dodi, people.kabid, people.sari)] == [
        {2025: 2},
        {2025: 1},
        {2025: 1},
        {},
    ]


def table_rows(client: PortalClient) -> list[list[str]]:
    page = unescape(client.get(ADDRESS).text)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in page.split("<tr>")[2:]]
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row] for row in cells]


def test_published_figures_are_shown_beside_ours_each_with_its_source(
    as_user: AsUser, make: ModuleType
) -> None:
    open_case_at(make, 2012, 5, 1)
    with clock.freeze_time(datetime(2013, 11, 24, tzinfo=clock.WITA)):
        table = table_rows(as_user("rina"))
    first = [row[:2] + row[2].split()[:1] for row in table]
    assert first[:5] == [
        ["2011", "64", "bontangpost.id"],
        ["2011", "15", "kaltim.antaranews.com"],
        ["2012", "1", *first[2][2:]],
        ["2012", "102", "bontangpost.id"],
        ["2012", "64", "kaltim.antaranews.com"],
    ]
    assert [row[0] for row in table if "1.000" in row[1]] == [table[-1][0]]
    assert not table[-1][0].isdigit()


def test_unknown_year_is_listed_and_never_drawn_as_zero(as_user: AsUser, make: ModuleType) -> None:
    open_case_at(make, 2024, 5, 1)
    with clock.freeze_time(datetime(2026, 11, 24, tzinfo=clock.WITA)):
        client = as_user("kabid")
        page = client.get(ADDRESS).text
        table = table_rows(client)
    assert ["2014–2023", "—"] in [row[:2] for row in table]  # noqa: RUF001  from, to
    assert ["2025", "—"] in [row[:2] for row in table]
    picture = page.partition('<svg width="100%"')[2].partition("</svg>")[0]
    assert picture.count("<rect") == 4 + 1 + 1  # published, 2024, 2026
    assert "bar-part" in picture


def test_minimum_figure_is_marked(as_user: AsUser, people: SimpleNamespace) -> None:
    create_record(
        partial(create, PublishedFigure),
        {
            "year": 2015,
            "measure": Measure.clients,
            "value": 200,
            "qualifier": Qualifier.minimum,
            "source": "Radar Bontang",
        },
    )
    assert '<rect class="bar-part bar-2"' in as_user("kabid").get(ADDRESS).text
    (cell_text,) = [row[1] for row in table_rows(as_user("kabid")) if row[0] == "2015"]
    assert cell_text.endswith(" 200")


def test_chart_makes_no_request_to_another_host(as_user: AsUser) -> None:
    page = as_user("rina").get(ADDRESS).text
    assert '<svg width="100%"' in page
    assert not re.search(r"google|gstatic|<style|//cdn", page)


def test_chart_requires_log_in(anonymous_client: PortalClient) -> None:
    assert anonymous_client.get(ADDRESS).status_code == 302


def test_the_years_are_counted_from_the_index_alone(
    app: Flask, make: ModuleType, people: SimpleNamespace, capture_statements: Callable[..., Any]
) -> None:
    open_case_at(make, 2024, 5, 1)
    with capture_statements() as sent:
        count_clients_per_year(people.kabid)
    (query,) = [one for one in sent if "GROUP BY" in one]
    indexes = {
        one["name"]: set(one["column_names"])
        for one in inspect(db.session.connection()).get_indexes("case_file")
    }
    assert set(re.findall(r"case_file\.(\w+)", query)) <= indexes["ix_case_file_opened_at"]
    if db.engine.dialect.name == "sqlite":  # PostgreSQL scans a table of so few rows
        values = (0,) * query.count("?")
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
        assert "COVERING INDEX ix_case_file_opened_at" in str(plan)
