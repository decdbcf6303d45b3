"""A client who is only in secret cases appears on no page of users who cannot see these cases."""

import pytest

from app.clients.enums import HouseholdRole
from app.clients.models.client import Client
from app.clients.policy import visibility_restrictions
from app.clients.services.clients import update_client
from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.reference.enums import Confidentiality
from tests.support.registries import with_entries

NIK = "6474015708450001"


def text_of(answer):
    return answer.get_data(as_text=True)


def is_refused_beside(answer, field):
    return answer.status_code == 200 and f'id="{field}-error"' in text_of(answer)


@pytest.fixture
def hidden_from_sari(make):
    """A client whom a registered restriction hides from Sari."""
    client = make.client(name="Mawar Melati", nik=NIK)
    key = client.id

    def restriction(user):
        return Client.id != key if user.full_name == "Sari" else Client.id.is_not(None)

    with with_entries(visibility_restrictions, restriction):
        yield client


def test_a_hidden_client_is_found_nowhere(as_user, make, hidden_from_sari):
    consent = make.consent(client=hidden_from_sari)
    sari, rina = as_user("sari"), as_user("rina")
    for path in (
        "/clients/list/",
        "/clients/list/?q=mawar",
        "/consents/list/",
        "/api/v1/options/clients?q=mawar",
    ):
        assert "Mawar" not in text_of(sari.get(path))
        assert "Mawar" in text_of(rina.get(path))
    for path in (f"/clients/show/{hidden_from_sari.id}", f"/consents/show/{consent.id}"):
        assert sari.get(path).status_code == 404
        assert rina.get(path).status_code == 200
    chosen = {"client": str(hidden_from_sari.id), "purpose": "photo", "method": "written"}
    assert is_refused_beside(sari.post("/consents/add", data=chosen), "client")


def test_household_of_a_hidden_head_stays_selected_and_unnamed_in_the_form(as_user, make, hidden_from_sari):
    household = make.household()
    with transaction(by=SYSTEM):
        data = {"household": household, "household_role": HouseholdRole.head}
        update_client(hidden_from_sari, data, by=SYSTEM)
    child = make.client(name="Budi", household=household)
    sari = as_user("sari")
    for path in (f"/clients/show/{child.id}", f"/clients/edit/{child.id}"):
        page = text_of(sari.get(path))
        assert "Budi" in page
        assert "Mawar" not in page
        assert household.address not in page
    form = {"name": "Budi Kecil", "household": str(household.id), "version": "1"}
    assert sari.post(f"/clients/edit/{child.id}", data=form).status_code == 302
    assert child.household is household
    assert is_refused_beside(sari.post("/clients/add", data=form), "household")


def test_comparison_of_two_editors_does_not_name_hidden_clients(as_user, make):
    home = make.household()
    head = make.client(name="Rahasia Besar", household=home, household_role=HouseholdRole.head)
    member = make.client(name="Anggota Biasa", household=home, household_role=HouseholdRole.child)
    make.case(by="dodi", client=head, confidentiality=Confidentiality.secret)
    answer = as_user("sari").post(f"/clients/edit/{member.id}", data={"name": "Anggota", "version": "0"})
    assert answer.status_code == 409
    assert "Rahasia Besar" not in answer.text
