"""Numbers are given out without gaps, also to many at once."""

from contextlib import suppress

from flask import Flask

from app.core.actor import SYSTEM
from app.db.number_series import allocate_number
from app.db.transaction import transaction
from tests.support.concurrency import run_concurrently


def take_number(kind: str = "letter", year: int = 2026) -> int:
    with transaction(by=SYSTEM):
        return allocate_number(kind, year)


def test_each_kind_and_year_counts_for_itself(app: Flask) -> None:
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


def test_a_number_of_a_rolled_back_transaction_is_given_out_again(app: Flask) -> None:
    take_number()
    with suppress(ZeroDivisionError), transaction(by=SYSTEM):
        assert allocate_number("letter", 2026) == 2
        raise ZeroDivisionError

    assert take_number() == 2


def test_twenty_at_once_leave_no_gap_even_when_some_give_up(app: Flask) -> None:
    def action(number: int) -> int:
        with transaction(by=SYSTEM):
            given = allocate_number("letter", 2026)
            if number % 4 == 0:
                raise ZeroDivisionError
            return given

    answers = run_concurrently(20, action)

    assert sorted(a for a in answers if isinstance(a, int)) == list(range(1, 16))
    assert sum(isinstance(a, ZeroDivisionError) for a in answers) == 5
