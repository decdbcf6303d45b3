"""A kelurahan is found by any of its spellings."""

import pytest

from app.core.actor import SYSTEM
from app.core.errors import PortalError
from app.db.transaction import transaction
from app.reference.services import edit_kelurahan, find_kelurahan, load_reference


@pytest.fixture(autouse=True)
def loaded_reference(app) -> None:
    with transaction(by=SYSTEM):
        load_reference(by=SYSTEM)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Lok Tuan", "Lok Tuan"),
        ("Loktuan", "Lok Tuan"),
        ("LOK-TUAN", "Lok Tuan"),
        (" kelurahan  loktuan ", "Lok Tuan"),
        ("api api", "Api-api"),
        ("Berebas Tengah", "Berbas Tengah"),
        ("Telihan", "Gunung Telihan"),
        ("Tanjung Laut", "Tanjung Laut"),
        ("tanjunglaut indah", "Tanjung Laut Indah"),
    ],
)
def test_every_spelling_of_a_kelurahan_is_found(written: str, name: str) -> None:
    found = find_kelurahan(written)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("written", ["", None, "kelurahan", "Marangkayu", "Tanjung"])
def test_unknown_or_incomplete_name_is_not_guessed(written: str | None) -> None:
    assert find_kelurahan(written) is None


def test_one_spelling_cannot_mean_two_kelurahan(people) -> None:
    guntung = find_kelurahan("Guntung")
    assert guntung is not None
    with pytest.raises(PortalError, match="Lok Tuan") as refusal, transaction(by=people.admin):
        edit_kelurahan(guntung, {"aliases": "Guntung Lama; LOKTUAN"}, by=people.admin)
    assert refusal.value.field == "aliases"


def test_a_new_spelling_is_found_at_once(people) -> None:
    guntung = find_kelurahan("Guntung")
    assert guntung is not None
    with transaction(by=people.admin):
        edit_kelurahan(guntung, {"aliases": "Guntung Lama"}, by=people.admin)
    assert find_kelurahan("guntung-lama") == guntung
