"""Office settings: the periods of two entries never overlap."""

from datetime import date

import pytest

from app.core.actor import SYSTEM
from app.core.errors import PortalError
from app.db.transaction import transaction
from app.reference.services import add_office_setting, edit_office_setting, get_office_setting, load_reference


@pytest.fixture(autouse=True)
def loaded_reference(app) -> None:
    with transaction(by=SYSTEM):
        load_reference(by=SYSTEM)


def _entry_data(first: date, last: date | None = None, **more: object) -> dict:
    return {
        "valid_from": first,
        "valid_until": last,
        "office_name": "LK3",
        "parent_office": "Dinas Sosial",
        **more,
    }


def test_a_new_entry_ends_the_one_before(people) -> None:
    before = get_office_setting(date(2026, 11, 24))
    assert before is not None
    with transaction(by=people.admin):
        new = add_office_setting(_entry_data(date(2027, 1, 1)), by=people.admin)
    assert before.valid_until == date(2026, 12, 31)
    assert get_office_setting(date(2026, 12, 31)) == before
    assert get_office_setting(date(2027, 1, 1)) == new


def test_an_entry_inside_another_one_is_refused(people) -> None:
    with pytest.raises(PortalError) as refusal, transaction(by=people.admin):
        add_office_setting(_entry_data(date(2012, 1, 1), date(2012, 12, 31)), by=people.admin)
    assert refusal.value.field == "valid_from"


def test_entry_cannot_be_extended_over_the_next_one(people) -> None:
    office = get_office_setting(date(2013, 1, 1))
    assert office is not None
    with pytest.raises(PortalError), transaction(by=people.admin):
        edit_office_setting(office, {"valid_until": date(2018, 1, 1)}, by=people.admin)


def test_the_last_day_is_not_before_the_first(people) -> None:
    with pytest.raises(PortalError) as refusal, transaction(by=people.admin):
        add_office_setting(_entry_data(date(2001, 2, 1), date(2001, 1, 1)), by=people.admin)
    assert refusal.value.field == "valid_until"


def test_phone_is_stored_in_e164(people) -> None:
    with transaction(by=people.admin):
        office = add_office_setting(_entry_data(date(2027, 1, 1), phone="0811-5413-355"), by=people.admin)
    assert office.phone == "+628115413355"
