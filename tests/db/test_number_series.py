"""Number series have no gaps, also with concurrent transactions."""

from contextlib import suppress

from flask import Flask

from app.core.actor import SYSTEM
from app.db.number_series import allocate_number
from app.db.transaction import transaction
from tests.support.concurrency import run_concurrently


def take_number(kind: str = "letter", year: int = 2026) -> int:
    with transaction(by=SYSTEM):
        return allocate_number(kind, year)


def test_each_kind_and_year_has_its_own_series(app: Flask) -> None:
    assert [
        take_number(),
        take_number(),
        take_number("letter", 2027),
        take_number("receipt"),
        take_number(),
    ] == [1, 2, 1, 1, 3]


def test_two_numbers_in_one_transaction_differ(app: Flask) -> None:
    with transaction(by=SYSTEM):
        assert [allocate_number("letter", 2026), allocate_number("letter", 2026)] == [1, 2]


def test_number_of_a_rolled_back_transaction_is_allocated_again(app: Flask) -> None:
    take_number()
    with suppress(ZeroDivisionError), transaction(by=SYSTEM):
        assert allocate_number("letter", 2026) == 2
        raise ZeroDivisionError

    assert take_number() == 2


def test_concurrent_allocations_leave_no_gap_when_some_roll_back(app: Flask) -> None:
    def action(number: int) -> int:
        with transaction(by=SYSTEM):
            allocated = allocate_number("letter", 2026)
            if number % 4 == 0:
                raise ZeroDivisionError
            return allocated

    results = run_concurrently(20, action)

    assert sorted(a for a in results if isinstance(a, int)) == list(range(1, 16))
    assert sum(isinstance(a, ZeroDivisionError) for a in results) == 5
