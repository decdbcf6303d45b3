"""Shipped data files: complete, with sources, and consistent with each other."""

import csv

import pytest

from app.partners.enums import PartnerKind
from app.reference import seed
from app.reference.enums import Confidentiality

FILES = sorted(seed.DATA_FOLDER.glob("*.csv"))
NEEDS = (
    "cash_aid wheelchair health mental_health legal identity_papers shelter schooling protection food other"
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_row_names_its_source(file) -> None:
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    assert [row for row in rows if not (row["source"] or "").strip()] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_row_has_as_many_cells_as_the_head(file) -> None:
    with file.open(encoding="utf-8", newline="") as stream:
        assert len({len(row) for row in csv.reader(stream)}) == 1


def test_the_city_has_three_kecamatan_and_fifteen_kelurahan() -> None:
    kecamatan = [row["code"] for row in seed.read_rows("kecamatan")]
    kelurahan = list(seed.read_rows("kelurahan"))
    assert kecamatan == ["64.74.01", "64.74.02", "64.74.03"]
    assert len({row["code"] for row in kelurahan}) == 15
    assert {row["kecamatan"] for row in kelurahan} == set(kecamatan)
    assert all(str(row["code"]).startswith(f"{row['kecamatan']}.1") for row in kelurahan)


def test_there_are_26_ppks_categories_and_those_of_children_are_secret() -> None:
    rows = list(seed.read_rows("ppks_categories"))
    assert [row["code"] for row in rows] == [f"PPKS-{number:02}" for number in range(1, 27)]
    assert {row["confidentiality"] for row in rows} == set(Confidentiality.__members__)
    assert {row["confidentiality"] for row in rows[:7]} == {"secret"}


def test_need_kinds_have_the_expected_codes() -> None:
    assert [row["code"] for row in seed.read_rows("need_kinds")] == NEEDS.split()


def test_violence_at_home_and_sexual_violence_are_secret() -> None:
    tiers = {row["code"]: row["confidentiality"] for row in seed.read_rows("problem_tags")}
    assert tiers["domestic_violence"] == tiers["sexual_violence"] == "secret"


def test_six_puskesmas_cover_each_kelurahan_once() -> None:
    puskesmas = [row for row in seed.read_rows("partners") if row["kind"] == "health_centre"]
    covered = [code for row in puskesmas for code in str(row["coverage"]).split(";")]
    assert len(puskesmas) == 6
    assert sorted(covered) == sorted(str(row["code"]) for row in seed.read_rows("kelurahan"))


def test_every_kelurahan_has_its_bhabinkamtibmas_without_a_phone() -> None:
    officers = [row for row in seed.read_rows("partners") if row["kind"] == "bhabinkamtibmas"]
    assert [row["coverage"] for row in officers] == [row["code"] for row in seed.read_rows("kelurahan")]
    assert {row["phone"] for row in officers} == {None}


def test_partners_refer_to_existing_kinds_places_and_needs() -> None:
    places = {row["code"] for row in seed.read_rows("kelurahan")}
    for row in seed.read_rows("partners"):
        assert row["kind"] in PartnerKind.__members__, row["name"]
        assert {row["kelurahan_code"]} <= {*places, None}
        assert set(filter(None, (row["coverage"] or "").split(";"))) <= places
        assert set(str(row["services"]).split(";")) <= set(NEEDS.split()), row["name"]


def test_partners_of_the_required_kinds_are_shipped() -> None:
    assert {row["kind"] for row in seed.read_rows("partners")} >= {
        "zakat",
        "health_centre",
        "bhabinkamtibmas",
        "uptd_ppa",
        "hospital",
        "civil_registry",
        "police",
        "legal_aid",
        "shelter",
        "ministry_centre",
    }
