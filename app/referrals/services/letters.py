"""Letter numbers: without gaps within a year, in the pattern of the office that is valid on that day."""

from app.core import clock
from app.db.number_series import allocate_number
from app.reference.models import DEFAULT_LETTER_PATTERN
from app.reference.services import get_office_setting
from app.referrals.models.referral import Referral

SERIES = "letter"
"""Name of the number series of letters."""
ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def assign_letter_number(referral: Referral) -> str:
    """Set and return `letter_number`; a rollback of the sending transaction releases the number."""
    today = clock.today()
    office = get_office_setting(today)
    pattern = (office.letter_pattern if office is not None else None) or DEFAULT_LETTER_PATTERN
    number = allocate_number(SERIES, today.year)
    referral.letter_number = pattern.format(
        number=f"{number:03d}", month=ROMAN_MONTHS[today.month - 1], year=today.year
    )
    return referral.letter_number
