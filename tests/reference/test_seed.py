"""Loading the shipped reference data."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app.core.actor import SYSTEM
from app.db.records import update
from app.db.transaction import transaction
from app.extensions import db
from app.reference.models import Kecamatan, Kelurahan, NeedKind, OfficeSetting, PpksCategory, ProblemTag
from app.reference.services import get_office_setting, load_reference

TABLES = (Kecamatan, Kelurahan, PpksCategory, ProblemTag, NeedKind, OfficeSetting)


@pytest.fixture(autouse=True)
def loaded_reference(app) -> None:
    with transaction(by=SYSTEM):
        load_reference(by=SYSTEM)


def _count_and_versions() -> dict:
    return {
        table.__tablename__: (
            db.session.scalar(select(func.count()).select_from(table)),
            db.session.scalar(select(func.sum(table.version))),
        )
        for table in TABLES
    }


def _get_kanaan() -> Kelurahan:
    return db.session.scalars(select(Kelurahan).filter_by(name="Kanaan")).one()


def test_loading_twice_changes_nothing() -> None:
    before = _count_and_versions()
    with transaction(by=SYSTEM):
        load_reference(by=SYSTEM)
    assert _count_and_versions() == before
    assert before["kelurahan"][0] == 15
    assert before["ppks_category"][0] == 26


def test_edits_of_an_administrator_are_kept(people) -> None:
    with transaction(by=people.admin):
        update(_get_kanaan(), {"aliases": "Kana'an"}, by=people.admin)
    with transaction(by=SYSTEM):
        load_reference(by=SYSTEM)
    assert _get_kanaan().aliases == "Kana'an"


def test_unedited_row_follows_the_shipped_file() -> None:
    with transaction(by=SYSTEM):
        update(_get_kanaan(), {"source": "an older release"}, by=SYSTEM)
    with transaction(by=SYSTEM):
        load_reference(by=SYSTEM)
    assert "Kepmendagri" in str(_get_kanaan().source)


def test_every_row_keeps_its_source() -> None:
    for table in TABLES:
        assert db.session.scalar(select(func.count()).where(table.source.is_(None))) == 0


@pytest.mark.parametrize(
    ("day", "parent"),
    [
        (date(2013, 5, 1), "Dinas Sosial dan Tenaga Kerja"),
        (date(2018, 3, 1), "Dinas Sosial, Pemberdayaan Perempuan dan Pemberdayaan Masyarakat"),
        (date(2020, 3, 9), "Dinas Sosial dan Pemberdayaan Masyarakat"),
        (date(2026, 11, 24), "Dinas Sosial dan Pemberdayaan Masyarakat"),
    ],
)
def test_office_setting_of_a_day_names_the_parent_office_of_that_day(day: date, parent: str) -> None:
    office = get_office_setting(day)
    assert office is not None
    assert office.parent_office == parent


def test_there_is_no_office_before_it_was_founded() -> None:
    assert get_office_setting(date(2008, 12, 31)) is None
