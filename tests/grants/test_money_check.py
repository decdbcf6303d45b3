"""`siaga check` recalculates the sums of money and reports what disagrees."""

import pytest

from app.grants.enums import Purpose
from app.grants.services.spending import reverse_expenditure
from app.operations import check
from app.operations.checks import CHECKS
from tests.grants.support import MILLION
from tests.operations.test_check import execute_without_triggers


def list_faults() -> list[str]:
    return [f"{question.name}: {fault}" for question, found in check.run_checks(CHECKS) for fault in found]


@pytest.fixture
def grant_with_entries(make, call_service):
    pot = make.funded_grant(
        Purpose.operational, Purpose.client_aid, ceiling_initial=10 * MILLION, arrived=9 * MILLION
    )
    spent = make.expenditure(grant=pot, amount=4 * MILLION)
    call_service(reverse_expenditure, make.expenditure(grant=pot, amount=MILLION), reason="Salah.")
    make.commitment(grant=pot, amount=MILLION)
    make.aid(by="admin", grant=pot, value=2 * MILLION)
    return pot.id, spent.id


def test_consistent_sums_have_no_fault(grant_with_entries) -> None:
    assert list_faults() == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("grant_fund SET ceiling_initial = 5000000 WHERE id = {pot}", "sums of money: grant {pot}: 7"),
        ("disbursement SET amount = 1 WHERE grant_id = {pot}", "sums of money: grant {pot}: 6"),
        ("expenditure SET purpose = 'activity' WHERE id = {spent}", "does not allow its purpose"),
        ("expenditure SET spent_on = '2001-01-01' WHERE id = {spent}", "is not in the fiscal year"),
        ("expenditure SET amount = 1 WHERE reverses_id IS NOT NULL", "is not the opposite entry"),
        ("aid SET value = 1", "aid: aid 1: value or case is not that of expenditure"),
    ],
)
def test_a_fault_is_named(grant_with_entries, change: str, fault: str) -> None:
    pot, spent = grant_with_entries
    execute_without_triggers("UPDATE " + change.format(pot=pot, spent=spent))
    found = list_faults()
    assert any(fault.format(pot=pot) in one for one in found), found
