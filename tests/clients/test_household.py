import pytest
from sqlalchemy import select

from app.clients.enums import HouseholdRole
from app.clients.models.client import Client, Household
from app.clients.policy import HouseholdPolicy, visibility_restrictions
from app.clients.services.clients import (
    archive_client,
    archive_household,
    restore_client,
    restore_household,
    update_client,
)
from app.core.actor import SYSTEM
from app.core.errors import Conflict, PortalError
from app.db.transaction import transaction
from app.extensions import db
from tests.support.registries import with_entries


def test_a_household_has_one_head(make, people):
    household = make.household(address="Jalan Awang Long 5", rt="3")
    head = make.client(name="Suratmi", household=household, household_role=HouseholdRole.head)
    assert household.label == "Suratmi · Jalan Awang Long 5, RT 003"
    with pytest.raises(PortalError) as refusal:
        make.client(household=household, household_role=HouseholdRole.head)
    assert refusal.value.field == "household_role"
    with transaction(by=people.admin):
        archive_client(head, by=people.admin)
    second = make.client(household=household, household_role=HouseholdRole.head)
    assert household.head is second
    with pytest.raises(PortalError), transaction(by=people.admin):
        restore_client(head, by=people.admin)


def test_a_household_is_found_by_its_present_head(make, people):
    household, other = make.household(), make.household()
    head = make.client(name="Suratmi", household=household, household_role=HouseholdRole.head)
    assert "suratmi" in household.search_text
    with transaction(by=people.rina):
        update_client(head, {"name": "Sumiati", "household": other}, by=people.rina)
    assert "suratmi" not in household.search_text
    assert "sumiati" in other.search_text


def test_a_household_without_address_and_card_is_refused(make):
    with pytest.raises(PortalError) as refusal:
        make.household(address=None)
    assert refusal.value.field == "address"


def test_household_that_would_reveal_a_hidden_client_is_hidden(make):
    hidden = make.client(name="Mawar", household=make.household(), household_role=HouseholdRole.head)
    make.client(household=hidden.household)
    alone = make.client(name="Melati", household=make.household())
    shared = make.household()
    make.client(household=shared)
    empty = make.household()
    with with_entries(visibility_restrictions, lambda user: Client.id.not_in([hidden.id, alone.id])):
        seen = db.session.scalars(select(Household).where(HouseholdPolicy.visible_to(SYSTEM))).all()
    assert set(seen) == {shared, empty}


def test_a_hidden_head_in_the_archive_hides_no_household_of_others(make, people):
    household = make.household()
    head = make.client(household=household, household_role=HouseholdRole.head)
    make.client(household=household)

    def sees_household():
        with with_entries(visibility_restrictions, lambda user: Client.id != head.id):
            query = select(Household.id).where(
                Household.id == household.id, HouseholdPolicy.visible_to(SYSTEM)
            )
            return db.session.scalar(query) is not None

    assert not sees_household()
    with transaction(by=people.admin):
        archive_client(head, by=people.admin)
    assert sees_household()


def test_household_is_archived_when_it_has_no_active_member(make, people):
    household = make.household()
    member = make.client(household=household)
    with pytest.raises(Conflict), transaction(by=people.admin):
        archive_household(household, by=people.admin)
    with transaction(by=people.admin):
        archive_client(member, by=people.admin)
        archive_household(household, by=people.admin)
    assert household.archived_at
    with transaction(by=people.admin):
        restore_household(household, by=people.admin)
    assert household.archived_at is None


def test_archiving_a_household_does_not_reveal_a_hidden_member(make, people):
    household = make.household()
    seen, hidden = make.client(household=household), make.client(household=household)
    with transaction(by=people.admin):
        archive_client(seen, by=people.admin)
    with (
        with_entries(visibility_restrictions, lambda user: Client.id != hidden.id),
        transaction(by=people.admin),
    ):
        archive_household(household, by=people.admin)
    assert household.archived_at
