"""The first page tells the administrator what somebody proposed to spend."""

from app.grants import services
from app.grants.choices import Purpose
from tests.grants.support import JUTA


def test_a_proposal_waits_on_the_first_page_of_the_administrator(as_user, make, do) -> None:
    client = make.client(name="Nama Penerima")
    case = make.case(client=client)
    pot = make.pot(Purpose.client_aid, ceiling_initial=9 * JUTA)
    asked = make.expenditure(by="rina", grant=pot, case=case, purpose=Purpose.client_aid, amount=JUTA)
    admin = as_user("admin")
    page = admin.get_page("/")
    assert f"/expenditures/show/{asked.id}" in page
    assert case.number in page
    assert "Nama Penerima" not in page
    for other in ("rina", "kabid"):
        assert f"/expenditures/show/{asked.id}" not in as_user(other).get_page("/")
    do(services.approve_expenditure, asked)
    assert f"/expenditures/show/{asked.id}" not in admin.get_page("/")
