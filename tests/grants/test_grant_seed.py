"""Seeded figures equal the published ones: unknown values stay unknown, and goods are not money."""

import pytest
from sqlalchemy import func, select

from app.core.actor import SYSTEM
from app.db.records import update
from app.db.transaction import transaction
from app.extensions import db
from app.grants.enums import BudgetStage, GrantForm, Measure, Purpose, Qualifier
from app.grants.models.pots import Asset, FundingSource, Grant, PublishedFigure
from app.grants.seed import seed_grants
from app.grants.services.pots import CashTotal, get_ceiling, sum_cash_ceilings
from app.grants.transitions import GrantState


@pytest.fixture(autouse=True)
def loaded_figures(app) -> None:
    with transaction(by=SYSTEM):
        seed_grants(by=SYSTEM)


def _find_grant(name: str) -> Grant:
    return db.session.scalars(select(Grant).where(Grant.name.contains(name))).one()


def _list_figures(measure: Measure, year: int | None) -> list[tuple[int | None, str, Qualifier]]:
    rows = db.session.scalars(select(PublishedFigure).filter_by(measure=measure, year=year))
    return [(row.value, row.source.split("/")[2], row.qualifier) for row in rows]


def test_the_ministry_gives_25_million_a_year_for_operations_only() -> None:
    grant = _find_grant("Dana operasional tahunan")
    assert "Kementerian Sosial" in grant.source.name
    assert (grant.fiscal_year, grant.form, get_ceiling(grant)) == (None, GrantForm.cash, 25_000_000)
    assert grant.purposes == [Purpose.operational]


def test_the_350_million_of_2012_came_to_nothing() -> None:
    grant = _find_grant("2012")
    assert (grant.fiscal_year, grant.budget_stage) == (2012, BudgetStage.revised)
    assert (get_ceiling(grant), grant.state) == (350_000_000, GrantState.unrealised)
    assert "SiLPA" in str(grant.reason)
    assert grant.purposes == []
    assert [row[0] for row in _list_figures(Measure.realised, 2012)] == [0]
    assert [row[0] for row in _list_figures(Measure.unspent, 2012)] == [350_000_000]


def test_of_2013_only_the_79_million_spent_are_known_and_no_ceiling() -> None:
    grant = _find_grant("2013")
    assert (grant.fiscal_year, grant.budget_stage) == (2013, BudgetStage.revised)
    assert (grant.ceiling_initial, grant.ceiling_revised, get_ceiling(grant)) == (None, None, None)
    assert grant.purposes == [Purpose.activity]
    assert grant.state is GrantState.absorbed
    assert [row[0] for row in _list_figures(Measure.realised, 2013)] == [79_000_000]


def test_of_2014_the_408_million_are_known_and_not_what_was_spent() -> None:
    grant = _find_grant("APBD 2014")
    assert (grant.fiscal_year, grant.budget_stage, get_ceiling(grant)) == (
        2014,
        BudgetStage.original,
        408_000_000,
    )
    assert grant.purposes == [Purpose.operational, Purpose.client_aid]
    assert [row[0] for row in _list_figures(Measure.realised, 2014)] == [None]


def test_the_car_of_2014_is_an_asset_and_no_money() -> None:
    grant = _find_grant("Mobil")
    assert (grant.fiscal_year, grant.form, get_ceiling(grant)) == (2014, GrantForm.in_kind, None)
    car = db.session.scalars(select(Asset)).one()
    assert (car.grant, car.acquisition_value, car.acquired_on) == (grant, 360_000_000, None)


def test_no_sum_of_money_includes_the_car() -> None:
    assert sum_cash_ceilings(2014) == CashTotal(408_000_000, 0)
    assert sum_cash_ceilings(2014, _find_grant("Mobil").source) == CashTotal(None, 0)


def test_total_counts_unknown_ceilings() -> None:
    assert sum_cash_ceilings(2012) == CashTotal(350_000_000, 0)
    assert sum_cash_ceilings(2013) == CashTotal(None, 1)
    assert sum_cash_ceilings(None) == CashTotal(25_000_000, 0)
    assert sum_cash_ceilings(2015) == CashTotal(None, 0)


def test_contradicting_client_counts_are_shown_side_by_side() -> None:
    post, antara = "bontangpost.id", "kaltim.antaranews.com"
    exact = Qualifier.exact
    assert sorted(_list_figures(Measure.clients, 2011)) == [(15, antara, exact), (64, post, exact)]
    assert sorted(_list_figures(Measure.clients, 2012)) == [(64, antara, exact), (102, post, exact)]
    assert _list_figures(Measure.clients, None) == [(1000, post, Qualifier.minimum)]


def test_a_minimum_is_shown_as_one() -> None:
    figure = db.session.scalars(select(PublishedFigure).filter_by(qualifier=Qualifier.minimum)).one()
    assert str(figure.value_text) != "1000"
    assert "000" in str(figure.value_text)


def test_loading_again_changes_nothing_and_keeps_what_was_edited(people) -> None:
    with transaction(by=people.admin):
        update(_find_grant("APBD 2014"), {"name": "Anggaran kota 2014"}, by=people.admin)
    tables = (FundingSource, Grant, Asset, PublishedFigure)
    before = [db.session.scalar(select(func.count()).select_from(table)) for table in tables]
    with transaction(by=SYSTEM):
        seed_grants(by=SYSTEM)
    assert [db.session.scalar(select(func.count()).select_from(table)) for table in tables] == before
    assert before == [5, 5, 1, 15]
