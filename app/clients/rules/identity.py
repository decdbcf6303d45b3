"""Rules for NIK, No. KK, RT, RW and age: what is refused, and what only causes a warning.

A NIK does not follow later corrections of birth date or sex, and has no check digit: only its format is
certain.
"""

import re
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import CheckConstraint
from stdnum.id.nik import compact

from app.clients.enums import BirthDatePrecision, Sex
from app.core import clock
from app.core.errors import PortalError

# The 38 provinces of Kepmendagri 300.2.2-2430/2025; python-stdnum knows only those before 2022.
PROVINCE_CODES = frozenset(
    map(str, (*range(11, 20), 21, *range(31, 37), *range(51, 54), *range(61, 66), *range(71, 77), 81, 82))
) | frozenset(map(str, range(91, 97)))
FEMALE_DAY_OFFSET = 40
"""Added to the day of birth in the NIK of a woman."""
ADULT_AGE_YEARS = 18


def build_number_check(column: str) -> CheckConstraint:
    """Build a CHECK for 16 digits or NULL, in SQL that SQLite and PostgreSQL share."""
    digits = f"length({column}) = 16 AND trim({column}, '0123456789') = ''"
    return CheckConstraint(f"{column} IS NULL OR ({digits})", name=column)


def normalize_nik(text: str | None, field: str = "nik") -> str | None:
    """Return the NIK as 16 digits, or None if empty; raise `PortalError` for anything else."""
    return _normalize_sixteen_digits(text, field, _("NIK must be 16 digits."))


def normalize_no_kk(text: str | None, field: str = "no_kk") -> str | None:
    """Return the No. KK as 16 digits, or None if empty; raise `PortalError` for anything else."""
    return _normalize_sixteen_digits(text, field, _("No. KK must be 16 digits."))


def _normalize_sixteen_digits(text: str | None, field: str, refusal: str) -> str | None:
    number = compact("".join((text or "").split()))
    if number and not re.fullmatch("[0-9]{16}", number):
        raise PortalError(refusal, field=field)
    return number or None


def normalize_rt_rw(text: str | None, field: str) -> str | None:
    """Return RT or RW with three digits (`004`), or None if empty; raise `PortalError` otherwise."""
    number = (text or "").strip()
    if not number:
        return None
    if not re.fullmatch("[0-9]{1,3}", number):
        raise PortalError(_("RT and RW are numbers of at most three digits."), field=field)
    return number.zfill(3)


def parse_nik_birth_date(number: str) -> date | None:
    """Return the birth date in a NIK, or None if it holds no real date.

    Of the two possible centuries, the later one that does not put the date in the future.
    """
    day, month, year = int(number[6:8]), int(number[8:10]), int(number[10:12])
    for century in (2000, 1900):
        try:
            birth_date = date(
                century + year, month, day - FEMALE_DAY_OFFSET if day > FEMALE_DAY_OFFSET else day
            )
        except ValueError:
            continue
        if birth_date <= clock.today():
            return birth_date
    return None


def list_nik_mismatches(
    number: str | None, sex: Sex, birth_date: date | None, precision: BirthDatePrecision
) -> list[str]:
    """Return one sentence for each mismatch of NIK, sex and birth date; none forbids saving."""
    return _check_nik(number, sex, birth_date, precision) if number else []


def _check_nik(number: str, sex: Sex, birth_date: date | None, precision: BirthDatePrecision) -> list[str]:
    mismatches = []
    if number[:2] not in PROVINCE_CODES:
        mismatches.append(_("The NIK begins with a province code that does not exist."))
    if number.endswith("0000"):
        mismatches.append(_("The NIK ends with the serial number 0000."))
    if parse_nik_birth_date(number) is None:
        return [*mismatches, _("The NIK holds no real birth date.")]
    if sex is not Sex.unknown and (sex is Sex.female) != (int(number[6:8]) > FEMALE_DAY_OFFSET):
        mismatches.append(_("The NIK says another sex."))
    if not _is_same_birth_date(number, birth_date, precision):
        mismatches.append(_("The NIK says another birth date."))
    return mismatches


def _is_same_birth_date(number: str, birth_date: date | None, precision: BirthDatePrecision) -> bool:
    """Compare the known parts of the birth date with the NIK.

    A NIK has no century, so the birth date of a centenarian does not mismatch.
    """
    if birth_date is None or precision is BirthDatePrecision.estimated:
        return True
    nik_date = f"{int(number[6:8]) % FEMALE_DAY_OFFSET:02d}{number[8:12]}"
    return birth_date.strftime("%d%m%y").endswith(
        nik_date if precision is BirthDatePrecision.exact else nik_date[-2:]
    )


def compute_age(birth_date: date, day: date) -> int:
    """Return the completed years; 0 for a child who is not born yet."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return max(0, day.year - birth_date.year - (not had_birthday))


def format_age(birth_date: date, day: date, *, exact: bool) -> str:
    """Format the age as exactly as the birth date is known; in months for a baby."""
    years = compute_age(birth_date, day)
    if not exact:
        return str(ngettext("about %(num)s year", "about %(num)s years", years))
    if years == 0:
        months = max(0, int((day - birth_date).days / 30.44))
        return str(ngettext("%(num)s month", "%(num)s months", months))
    return str(ngettext("%(num)s year", "%(num)s years", years))
