"""Services of grants: valid values, versions, transitions and sums."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.errors import Conflict, PortalError
from app.db.transaction import transaction
from app.grants.enums import GrantForm, Purpose
from app.grants.services.life import budget_grant, lapse_grant, reject_grant
from app.grants.services.pots import add_asset, edit_grant, get_ceiling, sum_cash_ceilings
from app.grants.transitions import GrantState


def test_a_new_grant_is_a_proposal(make) -> None:
    assert make.grant().state is GrantState.proposed


def test_goods_have_no_ceiling(make) -> None:
    with pytest.raises(PortalError, match="aset") as refusal:
        make.grant(form=GrantForm.in_kind, ceiling_initial=360_000_000)
    assert refusal.value.field == "ceiling_initial"


def test_a_grant_with_a_ceiling_cannot_become_goods(make, people) -> None:
    grant = make.grant(ceiling_initial=25_000_000)
    with pytest.raises(PortalError), transaction(by=people.admin):
        edit_grant(grant, {"form": GrantForm.in_kind}, by=people.admin)
    with transaction(by=people.admin):
        edit_grant(grant, {"form": GrantForm.in_kind, "ceiling_initial": None}, by=people.admin)
    assert grant.form is GrantForm.in_kind


@pytest.mark.parametrize("column", ["ceiling_initial", "ceiling_revised"])
@pytest.mark.parametrize("amount", [0, -1])
def test_a_ceiling_is_more_than_zero(make, column: str, amount: int) -> None:
    with pytest.raises(PortalError) as refusal:
        make.grant(**{column: amount})
    assert refusal.value.field == column


@pytest.mark.parametrize("year", [14, 1999, 20140])
def test_a_fiscal_year_has_four_digits(make, year: int) -> None:
    with pytest.raises(PortalError) as refusal:
        make.grant(fiscal_year=year)
    assert refusal.value.field == "fiscal_year"


def test_revised_ceiling_applies_where_there_is_one(make) -> None:
    assert get_ceiling(make.grant(ceiling_initial=400, ceiling_revised=408)) == 408
    assert get_ceiling(make.grant(ceiling_initial=400)) == 400
    assert get_ceiling(make.grant()) is None


def test_purposes_are_added_changed_and_removed(make, people) -> None:
    grant = make.grant(purposes=[Purpose.operational])
    for wanted in ([Purpose.operational, Purpose.client_aid], [Purpose.activity], []):
        version = grant.version
        with transaction(by=people.admin):
            edit_grant(grant, {"purposes": wanted}, by=people.admin)
        assert grant.purposes == wanted
        assert grant.version == version + 1


def test_a_save_without_a_change_is_no_new_version(make, people) -> None:
    grant = make.grant(purposes=[Purpose.activity], ceiling_initial=79)
    version = grant.version
    with transaction(by=people.admin):
        edit_grant(
            grant,
            {"name": grant.name, "purposes": [Purpose.activity], "ceiling_initial": 79},
            by=people.admin,
        )
    assert grant.version == version


def test_one_save_is_one_version(make, people) -> None:
    grant = make.grant()
    version = grant.version
    with transaction(by=people.admin):
        edit_grant(grant, {"name": "Hibah baru", "purposes": [Purpose.activity]}, by=people.admin)
    assert grant.version == version + 1


def test_a_proposal_enters_the_budget_under_its_document(make, people) -> None:
    grant = make.grant()
    with pytest.raises(PortalError) as refusal, transaction(by=people.admin):
        budget_grant(grant, by=people.admin, document_number=" ")
    assert refusal.value.field == "document_number"
    with transaction(by=people.admin):
        budget_grant(grant, by=people.admin, document_number="DPA 1.06/2026")
    assert (grant.state, grant.document_number) == (GrantState.budgeted, "DPA 1.06/2026")


def test_a_proposal_is_rejected_with_a_reason(make, people) -> None:
    grant = make.grant()
    with pytest.raises(PortalError) as refusal, transaction(by=people.admin):
        reject_grant(grant, by=people.admin, reason=None)
    assert refusal.value.field == "reason"
    with transaction(by=people.admin):
        reject_grant(grant, by=people.admin, reason="Kuota habis")
    assert (grant.state, grant.reason) == (GrantState.rejected, "Kuota habis")


def test_lapsed_grant_keeps_its_ceiling(make, people) -> None:
    grant = make.grant(fiscal_year=2031, ceiling_initial=350_000_000)
    with transaction(by=people.admin):
        budget_grant(grant, by=people.admin, document_number="1")
        lapse_grant(grant, by=people.admin, reason="Menjadi SiLPA")
    assert grant.state is GrantState.unrealised
    assert sum_cash_ceilings(2031).amount == 350_000_000


def test_a_proposal_and_a_rejected_one_are_in_no_sum(make, people) -> None:
    make.grant(fiscal_year=2032, ceiling_initial=100)
    rejected = make.grant(fiscal_year=2032, ceiling_initial=1000)
    with transaction(by=people.admin):
        reject_grant(rejected, by=people.admin, reason="Tidak disetujui")
    assert sum_cash_ceilings(2032).amount is None


def test_transition_from_the_wrong_state_is_refused(make, people) -> None:
    grant = make.grant()
    with pytest.raises(Conflict), transaction(by=people.admin):
        lapse_grant(grant, by=people.admin, reason="Menjadi SiLPA")
    with transaction(by=people.admin):
        budget_grant(grant, by=people.admin, document_number="1")
    with pytest.raises(Conflict), transaction(by=people.admin):
        reject_grant(grant, by=people.admin, reason="Terlambat")


def test_sums_of_one_source_leave_the_others_out(make, people) -> None:
    one, other = make.funding_source(), make.funding_source()
    for source, amount in ((one, 5), (other, 7)):
        grant = make.grant(source=source, fiscal_year=2033, ceiling_initial=amount)
        with transaction(by=people.admin):
            budget_grant(grant, by=people.admin, document_number="1")
    assert sum_cash_ceilings(2033, one).amount == 5
    assert sum_cash_ceilings(2033).amount == 12


def test_asset_has_a_positive_value_and_no_future_date(make, people) -> None:
    grant = make.grant(form=GrantForm.in_kind)
    for wrong in ({"acquisition_value": 0}, {"acquired_on": clock.today() + timedelta(days=1)}):
        with pytest.raises(PortalError) as refusal, transaction(by=people.admin):
            add_asset({"grant": grant, "name": "Mobil", **wrong}, by=people.admin)
        assert refusal.value.field in wrong
    assert make.asset(grant=grant, acquired_on=clock.today()).acquired_on == clock.today()
