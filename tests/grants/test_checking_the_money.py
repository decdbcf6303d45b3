"""`siaga check` adds the books up once more and names what disagrees."""

import pytest

from app.cli.checks import CHECKS
from app.core.operations import check
from app.grants import services
from app.grants.choices import Purpose
from tests.grants.support import JUTA
from tests.operations.test_checking import behind_the_portals_back


def faults() -> list[str]:
    return [f"{question.name}: {fault}" for question, found in check.run(CHECKS) for fault in found]


@pytest.fixture
def books(make, do):
    pot = make.pot(Purpose.operational, Purpose.client_aid, ceiling_initial=10 * JUTA, arrived=9 * JUTA)
    spent = make.expenditure(grant=pot, amount=4 * JUTA)
    do(services.reverse_expenditure, make.expenditure(grant=pot, amount=JUTA), reason="Salah.")
    make.commitment(grant=pot, amount=JUTA)
    make.aid(by="admin", grant=pot, value=2 * JUTA)
    return pot.id, spent.id


def test_whole_books_have_no_fault(books) -> None:
    assert faults() == []


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
def test_a_fault_is_named(books, change: str, fault: str) -> None:
    pot, spent = books
    behind_the_portals_back("UPDATE " + change.format(pot=pot, spent=spent))
    found = faults()
    assert any(fault.format(pot=pot) in one for one in found), found
