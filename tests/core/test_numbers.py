"""Numbers are given out without gaps, also to many at once."""

from contextlib import suppress

from flask import Flask

from app.core.actor import SYSTEM
from app.core.numbers import next_number
from app.core.unit import unit
from tests.support.together import run_together


def take(kind: str = "letter", year: int = 2026) -> int:
    with unit(by=SYSTEM):
        return next_number(kind, year)


def test_each_kind_and_year_counts_for_itself(app: Flask) -> None:
    assert [take(), take(), take("letter", 2027), take("receipt"), take()] == [1, 2, 1, 1, 3]


def test_two_numbers_in_one_transaction_differ(app: Flask) -> None:
    with unit(by=SYSTEM):
        assert [next_number("letter", 2026), next_number("letter", 2026)] == [1, 2]


def test_a_number_of_a_rolled_back_transaction_is_given_out_again(app: Flask) -> None:
    take()
    with suppress(ZeroDivisionError), unit(by=SYSTEM):
        assert next_number("letter", 2026) == 2
        raise ZeroDivisionError

    assert take() == 2


def test_twenty_at_once_leave_no_gap_even_when_some_give_up(app: Flask) -> None:
    def action(number: int) -> int:
        with unit(by=SYSTEM):
            given = next_number("letter", 2026)
            if number % 4 == 0:
                raise ZeroDivisionError
            return given

    answers = run_together(20, action)

    assert sorted(a for a in answers if isinstance(a, int)) == list(range(1, 16))
    assert sum(isinstance(a, ZeroDivisionError) for a in answers) == 5
