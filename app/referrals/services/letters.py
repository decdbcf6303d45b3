"""The number of a letter: without gaps within a year, written as the office writes it on that day."""

from app.core import clock
from app.core.numbers import next_number
from app.reference.models import LETTER_PATTERN
from app.reference.services import office_on
from app.referrals.models import Referral

SERIES = "letter"
"""Number series of letters."""
MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def give_letter_number(referral: Referral) -> str:
    """Give the letter its number, in the transaction of the send: one that is undone gives it back."""
    today = clock.today()
    office = office_on(today)
    pattern = (office.letter_pattern if office is not None else None) or LETTER_PATTERN
    number = next_number(SERIES, today.year)
    referral.letter_number = pattern.format(
        number=f"{number:03d}", month=MONTHS[today.month - 1], year=today.year
    )
    return referral.letter_number
