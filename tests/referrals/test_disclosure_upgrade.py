"""What was sent before disclosures existed: `siaga init` keeps what partners see, as far as it is known."""

from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from app.cases.states import EventKind
from app.clients.choices import ConsentPurpose, HouseholdRole, PhoneOwner, SafeToContact
from app.clients.services import update_client
from app.core import clock
from app.core.unit import unit
from app.extensions import db
from app.reference.models import Kelurahan
from app.referrals import services as verbs
from app.referrals.choices import LegalBasis, SharedField
from app.referrals.models import Referral
from app.referrals.services import send_referral
from app.referrals.services.disclosures import disclose_live_referrals, verify_disclosures
from tests.referrals.door import bring, fresh, newest_event, told
from tests.referrals.test_disclosure import NEW, OLD, AsUser, change, disclosures, forget, pages, withdraw
from tests.referrals.test_letter import letter
from tests.support.client import PortalClient
from tests.support.portal import person


def test_the_upgrade_keeps_what_partners_of_live_referrals_see(
    make: ModuleType, as_user: AsUser, nobody: PortalClient
) -> None:
    referral = told(make, *SharedField, guardian_name=OLD["guardian_name"])
    forget(referral)
    assert upgrade(referral) == ["what partners see was kept for 1 live referrals"]
    assert upgrade(referral) == []
    (kept,) = disclosures(referral)
    assert kept.origin.name == "upgraded"
    event = newest_event(referral)
    assert (event.kind, event.actor_id) == (EventKind.referral_disclosed, None)
    assert list(verify_disclosures()) == []
    change(fresh(referral))
    shown = pages(as_user, nobody, fresh(referral))
    for place in shown.values():
        assert "Gang Rahasia 7" in place
        assert "Rumah Aman" not in place
    assert "pemutakhiran" in as_user("rina").get_page(f"/referrals/{referral.id}/")


@pytest.mark.parametrize(
    ("values", "gone", "stays"),
    [
        ({"address": NEW["address"]}, {"address"}, {"phone", "guardian_name", "problem"}),
        ({"rt": "009"}, {"address"}, {"phone", "guardian_name", "problem"}),
        ({"phone": NEW["phone"]}, {"phone"}, {"address", "guardian_name", "problem"}),
        ({"safe_to_contact": SafeToContact.ask_first}, {"phone"}, {"address", "guardian_name", "problem"}),
        ({"guardian_name": "Pak Jago"}, {"guardian_name"}, {"address", "phone", "problem"}),
        ({"rw": "09"}, {"address"}, {"phone", "guardian_name", "guardian_phone", "problem"}),
        ({"outside_address": "Kutai Timur"}, {"address"}, {"phone", "guardian_name", "problem"}),
        ({"phone_owner": PhoneOwner.neighbour}, {"phone"}, {"address", "guardian_phone", "problem"}),
        ({"guardian_phone": "081377770000"}, {"guardian_name", "guardian_phone"}, {"address", "phone"}),
        ({"alias": "Sur"}, set(), {"address", "phone", "guardian_name", "problem"}),
    ],
)
def test_the_upgrade_leaves_out_each_value_that_was_changed_since(
    make: ModuleType, values: dict[str, Any], gone: set[str], stays: set[str]
) -> None:
    referral = told(make, *SharedField, guardian_name=OLD["guardian_name"], guardian_phone="081299990000")
    forget(referral)
    rina = person("rina")
    with unit(by=rina):
        update_client(fresh(referral).case.client, values, by=rina)
    upgrade(referral)
    fields = kept_fields(referral)
    assert not fields & gone
    assert stays <= fields
    assert {"name", "nik", "no_kk", "sex", "age", "request"} <= fields


def test_the_upgrade_leaves_out_an_address_whose_kelurahan_was_changed(make: ModuleType) -> None:
    before, after = db.session.scalars(select(Kelurahan).order_by(Kelurahan.id).limit(2))
    referral = told(make, *SharedField, kelurahan=before)
    forget(referral)
    with unit(by=person("rina")):
        update_client(fresh(referral).case.client, {"kelurahan": after}, by=person("rina"))
    upgrade(referral)
    assert "address" not in kept_fields(referral)
    assert "phone" in kept_fields(referral)


def test_the_upgrade_leaves_out_the_address_of_a_client_who_joined_a_household(make: ModuleType) -> None:
    home = make.household(address="Gang Rahasia 7")
    referral = told(make, *SharedField)
    forget(referral)
    joined = {"household": home, "household_role": HouseholdRole.head}
    with unit(by=person("rina")):
        update_client(fresh(referral).case.client, joined, by=person("rina"))
    upgrade(referral)
    assert "address" not in kept_fields(referral)
    assert "phone" in kept_fields(referral)


def test_the_upgrade_keeps_values_that_were_changed_before_the_sending(make: ModuleType) -> None:
    referral = make.referral(case=make.case(client=make.client(**OLD)))
    with clock.at(clock.now() - timedelta(minutes=1)):
        change(referral)
    make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)
    make.moved(referral, send_referral, shared_fields=[*SharedField])
    forget(referral)
    upgrade(referral)
    kept = {row["field"]: row["value"] for row in disclosures(referral)[-1].data or ()}
    assert kept["address"].startswith(NEW["address"])
    assert (kept["phone"], kept["guardian_name"]) == ("0813-9999-9456", NEW["guardian_name"])
    assert kept["problem"] == "Pindah ke rumah aman"


def test_the_upgrade_leaves_out_a_problem_that_was_rewritten(make: ModuleType) -> None:
    referral = told(make, SharedField.problem, SharedField.address)
    forget(referral)
    with unit(by=person("rina")):
        fresh(referral).case.presenting_problem = "Ditulis ulang"
    upgrade(referral)
    assert "problem" not in kept_fields(referral)
    assert "address" in kept_fields(referral)


def test_the_upgrade_leaves_out_the_address_when_the_household_moved(make: ModuleType) -> None:
    home = make.household(address="Gang Rahasia 7")
    referral = told(make, *SharedField, household=home, household_role=HouseholdRole.head)
    forget(referral)
    with unit(by=person("rina")):
        home.address = "Rumah Aman Melati"
    upgrade(referral)
    assert "address" not in kept_fields(referral)


def test_a_value_that_the_upgrade_left_out_comes_with_an_update(make: ModuleType, as_user: AsUser) -> None:
    referral = told(make, SharedField.identity, SharedField.address)
    forget(referral)
    change(fresh(referral), address=NEW["address"])
    upgrade(referral)
    assert "Rumah Aman" not in letter(as_user("rina"), fresh(referral))
    page = as_user("rina").get_page(f"/referrals/{referral.id}/")
    assert "Berubah sejak dikirim" in page
    make.moved(fresh(referral), verbs.send_update, reason="Pindah")
    assert "Rumah Aman" in letter(as_user("rina"), fresh(referral))


def test_a_legal_basis_gets_one_and_a_withdrawn_consent_none(make: ModuleType) -> None:
    lawful = make.moved(
        make.referral(),
        send_referral,
        shared_fields=[SharedField.identity],
        legal_basis=LegalBasis.emergency,
        reason="Nyawa terancam",
    )
    withdrawn = make.sent()
    for one in (lawful, withdrawn):
        forget(one)
    withdraw(withdrawn)
    upgrade(lawful, withdrawn)
    assert len(disclosures(lawful)) == 1
    assert disclosures(withdrawn) == []
    assert list(verify_disclosures()) == []


@pytest.mark.parametrize("end", ["cancelled", "declined", "closed"])
def test_what_is_over_gets_none_and_its_letter_says_so(make: ModuleType, as_user: AsUser, end: str) -> None:
    referral = told(make, SharedField.identity)
    bring(make, referral, end)
    forget(referral)
    assert upgrade(referral) == []
    assert disclosures(referral) == []
    shown = letter(as_user("rina"), fresh(referral))
    assert "Suryani" not in shown
    assert "tidak dicatat" in shown
    assert "tidak dicatat" in as_user("rina").get_page(f"/referrals/{referral.id}/")


def upgrade(*referrals: Referral) -> list[str]:
    """Do what `siaga init` does; it leaves no session behind, so the records are loaded again."""
    keys = [referral.id for referral in referrals]
    lines = list(disclose_live_referrals())
    for referral, key in zip(referrals, keys, strict=True):
        if referral not in db.session:
            db.session.add(referral)
        assert referral.id == key
    return lines


def kept_fields(referral: Referral) -> set[str]:
    return {row["field"] for row in disclosures(referral)[-1].data or ()}
