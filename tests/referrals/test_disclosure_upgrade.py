"""`siaga init` adds disclosures to live referrals that were sent by a release without disclosures."""

from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from app.clients.enums import ConsentPurpose, HouseholdRole, PhoneOwner, SafeToContact
from app.clients.services.clients import update_client
from app.core import clock
from app.db.transaction import transaction
from app.extensions import db
from app.reference.models import Kelurahan
from app.referrals.enums import LegalBasis, SharedField
from app.referrals.models.referral import Referral
from app.referrals.services.disclosures import disclose_live_referrals, send_update, verify_disclosures
from app.referrals.services.office import send_referral
from tests.referrals.partner_link import bring_to_state, get_newest_event, reload, share_and_send
from tests.referrals.test_disclosure import (
    NEW_VALUES,
    OLD_VALUES,
    AsUser,
    change_client_and_case,
    delete_disclosures,
    list_disclosures,
    read_papers_and_page,
    withdraw_sharing_consent,
)
from tests.referrals.test_letter import letter_text
from tests.support.client import PortalClient
from tests.support.portal import get_user


def test_the_upgrade_keeps_what_partners_of_live_referrals_see(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, *SharedField, guardian_name=OLD_VALUES["guardian_name"])
    delete_disclosures(referral)
    assert disclose_and_reload(referral) == ["what partners see was kept for 1 live referrals"]
    assert disclose_and_reload(referral) == []
    (kept,) = list_disclosures(referral)
    assert kept.origin.name == "upgraded"
    event = get_newest_event(referral)
    assert (event.kind, event.actor_id) == ("referral_disclosed", None)
    assert list(verify_disclosures()) == []
    change_client_and_case(reload(referral))
    shown = read_papers_and_page(as_user, anonymous_client, reload(referral))
    for place in shown.values():
        assert "Gang Rahasia 7" in place
        assert "Rumah Aman" not in place
    assert "pemutakhiran" in as_user("rina").get_page(f"/referrals/{referral.id}/")


@pytest.mark.parametrize(
    ("values", "gone", "stays"),
    [
        ({"address": NEW_VALUES["address"]}, {"address"}, {"phone", "guardian_name", "problem"}),
        ({"rt": "009"}, {"address"}, {"phone", "guardian_name", "problem"}),
        ({"phone": NEW_VALUES["phone"]}, {"phone"}, {"address", "guardian_name", "problem"}),
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
    referral = share_and_send(
        make, *SharedField, guardian_name=OLD_VALUES["guardian_name"], guardian_phone="081299990000"
    )
    delete_disclosures(referral)
    rina = get_user("rina")
    with transaction(by=rina):
        update_client(reload(referral).case.client, values, by=rina)
    disclose_and_reload(referral)
    fields = disclosed_fields(referral)
    assert not fields & gone
    assert stays <= fields
    assert {"name", "nik", "no_kk", "sex", "age", "request"} <= fields


def test_the_upgrade_leaves_out_an_address_whose_kelurahan_was_changed(make: ModuleType) -> None:
    before, after = db.session.scalars(select(Kelurahan).order_by(Kelurahan.id).limit(2))
    referral = share_and_send(make, *SharedField, kelurahan=before)
    delete_disclosures(referral)
    with transaction(by=get_user("rina")):
        update_client(reload(referral).case.client, {"kelurahan": after}, by=get_user("rina"))
    disclose_and_reload(referral)
    assert "address" not in disclosed_fields(referral)
    assert "phone" in disclosed_fields(referral)


def test_the_upgrade_leaves_out_the_address_of_a_client_who_joined_a_household(make: ModuleType) -> None:
    home = make.household(address="Gang Rahasia 7")
    referral = share_and_send(make, *SharedField)
    delete_disclosures(referral)
    joined = {"household": home, "household_role": HouseholdRole.head}
    with transaction(by=get_user("rina")):
        update_client(reload(referral).case.client, joined, by=get_user("rina"))
    disclose_and_reload(referral)
    assert "address" not in disclosed_fields(referral)
    assert "phone" in disclosed_fields(referral)


def test_the_upgrade_keeps_values_that_were_changed_before_the_sending(make: ModuleType) -> None:
    referral = make.referral(case=make.case(client=make.client(**OLD_VALUES)))
    with clock.freeze_time(clock.now() - timedelta(minutes=1)):
        change_client_and_case(referral)
    make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)
    make.apply_transition(referral, send_referral, shared_fields=[*SharedField])
    delete_disclosures(referral)
    disclose_and_reload(referral)
    kept = {row["field"]: row["value"] for row in list_disclosures(referral)[-1].data or ()}
    assert kept["address"].startswith(NEW_VALUES["address"])
    assert (kept["phone"], kept["guardian_name"]) == ("0813-9999-9456", NEW_VALUES["guardian_name"])
    assert kept["problem"] == "Pindah ke rumah aman"


def test_the_upgrade_leaves_out_a_problem_that_was_rewritten(make: ModuleType) -> None:
    referral = share_and_send(make, SharedField.problem, SharedField.address)
    delete_disclosures(referral)
    with transaction(by=get_user("rina")):
        reload(referral).case.presenting_problem = "Ditulis ulang"
    disclose_and_reload(referral)
    assert "problem" not in disclosed_fields(referral)
    assert "address" in disclosed_fields(referral)


def test_the_upgrade_leaves_out_the_address_when_the_household_moved(make: ModuleType) -> None:
    home = make.household(address="Gang Rahasia 7")
    referral = share_and_send(make, *SharedField, household=home, household_role=HouseholdRole.head)
    delete_disclosures(referral)
    with transaction(by=get_user("rina")):
        home.address = "Rumah Aman Melati"
    disclose_and_reload(referral)
    assert "address" not in disclosed_fields(referral)


def test_value_that_the_upgrade_left_out_is_added_by_an_update(make: ModuleType, as_user: AsUser) -> None:
    referral = share_and_send(make, SharedField.identity, SharedField.address)
    delete_disclosures(referral)
    change_client_and_case(reload(referral), address=NEW_VALUES["address"])
    disclose_and_reload(referral)
    assert "Rumah Aman" not in letter_text(as_user("rina"), reload(referral))
    page = as_user("rina").get_page(f"/referrals/{referral.id}/")
    assert "Berubah sejak dikirim" in page
    make.apply_transition(reload(referral), send_update, reason="Pindah")
    assert "Rumah Aman" in letter_text(as_user("rina"), reload(referral))


def test_referral_on_a_legal_basis_is_disclosed_and_one_with_withdrawn_consent_is_not(
    make: ModuleType,
) -> None:
    lawful = make.apply_transition(
        make.referral(),
        send_referral,
        shared_fields=[SharedField.identity],
        legal_basis=LegalBasis.emergency,
        reason="Nyawa terancam",
    )
    withdrawn = make.sent_referral()
    for one in (lawful, withdrawn):
        delete_disclosures(one)
    withdraw_sharing_consent(withdrawn)
    disclose_and_reload(lawful, withdrawn)
    assert len(list_disclosures(lawful)) == 1
    assert list_disclosures(withdrawn) == []
    assert list(verify_disclosures()) == []


@pytest.mark.parametrize("end", ["cancelled", "declined", "closed"])
def test_finished_referral_gets_no_disclosure_and_its_letter_says_so(
    make: ModuleType, as_user: AsUser, end: str
) -> None:
    referral = share_and_send(make, SharedField.identity)
    bring_to_state(make, referral, end)
    delete_disclosures(referral)
    assert disclose_and_reload(referral) == []
    assert list_disclosures(referral) == []
    shown = letter_text(as_user("rina"), reload(referral))
    assert "Suryani" not in shown
    assert "tidak dicatat" in shown
    assert "tidak dicatat" in as_user("rina").get_page(f"/referrals/{referral.id}/")


def disclose_and_reload(*referrals: Referral) -> list[str]:
    """Create missing disclosures as `siaga init` does; return its messages.

    It removes the session, so the referrals are added to a new one.
    """
    keys = [referral.id for referral in referrals]
    lines = list(disclose_live_referrals())
    for referral, key in zip(referrals, keys, strict=True):
        if referral not in db.session:
            db.session.add(referral)
        assert referral.id == key
    return lines


def disclosed_fields(referral: Referral) -> set[str]:
    return {row["field"] for row in list_disclosures(referral)[-1].data or ()}
