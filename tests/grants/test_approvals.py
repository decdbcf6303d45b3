"""Proposed expenditures are on the first page of administrators."""

from app.grants.enums import Purpose
from app.grants.services.spending import approve_expenditure
from tests.grants.support import MILLION


def test_proposal_is_on_the_first_page_of_administrators_until_approved(as_user, make, call_service) -> None:
    client = make.client(name="Nama Penerima")
    case = make.case(client=client)
    pot = make.funded_grant(Purpose.client_aid, ceiling_initial=9 * MILLION)
    proposal = make.expenditure(by="rina", grant=pot, case=case, purpose=Purpose.client_aid, amount=MILLION)
    admin = as_user("admin")
    page = admin.get_page("/")
    assert f"/expenditures/show/{proposal.id}" in page
    assert case.number in page
    assert "Nama Penerima" not in page
    for other in ("rina", "kabid"):
        assert f"/expenditures/show/{proposal.id}" not in as_user(other).get_page("/")
    call_service(approve_expenditure, proposal)
    assert f"/expenditures/show/{proposal.id}" not in admin.get_page("/")
