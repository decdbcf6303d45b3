"""Formatting of values by type: Indonesian conventions, in the language of the request."""

import enum
import re
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from textwrap import shorten

import phonenumbers
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import g, has_app_context
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app.core import clock
from app.core.clock import WITA

_ELLIPSIS = " …"
_CUT_NUMBER_PATTERN = re.compile(rf"[\d\s.\-()+]*\d[\d\s.\-()+]*{_ELLIPSIS}$")

EMPTY_VALUE = "—"
NBSP = "\u00a0"


def get_language() -> str | None:
    """Return the current language code; None outside an application context: nothing is translated."""
    if not has_app_context():
        return None
    # Read Flask-Babel's cache directly: get_locale() takes several steps, and a page calls this for every
    # word and every cell.
    locale = getattr(g.get("_flask_babel"), "babel_locale", None) or get_locale()
    return str(locale.language) if locale else None


def _get_language_or_default() -> str:
    return get_language() or "id"


def format_day(value: date) -> str:
    """Format a day, e.g. `24 Nov 2026`, with no-break spaces."""
    return _format_day(value, _get_language_or_default())


@lru_cache(maxsize=1024)
def _format_day(value: date, language: str) -> str:
    return str(format_date(value, "d MMM y", locale=language)).replace(" ", NBSP)


def format_month(value: date) -> str:
    """Format the month of a day, e.g. `November 2026`."""
    return _format_month(value.year, value.month, _get_language_or_default())


@lru_cache(maxsize=1024)
def _format_month(year: int, month: int, language: str) -> str:
    return str(format_date(date(year, month, 1), "LLLL y", locale=language))


def format_instant(value: datetime) -> str:
    """Format an instant in WITA, e.g. `24 Nov 2026, 15.04 WITA`."""
    local = value.astimezone(WITA)
    return f"{format_day(local.date())}, {format_time(local)}"


def format_time(value: datetime) -> str:
    """Format the time of an instant in WITA, e.g. `15.04 WITA`."""
    local = value.astimezone(WITA)
    return f"{local:%H}{'.' if _get_language_or_default() == 'id' else ':'}{local:%M}{NBSP}WITA"


def format_short_time(value: datetime) -> str:
    """Format the time of an instant, e.g. `15.04`, for pages that name the time zone elsewhere."""
    return format_time(value).removesuffix(f"{NBSP}WITA")


def format_deadline(value: datetime) -> str:
    """Format a deadline: the time if today, else day and time; midnight as the day before, without time."""
    last = (value - timedelta(seconds=1)).astimezone(WITA)
    if last.time() >= time(23, 59):
        return format_day(last.date())
    return format_time(value) if last.date() == clock.today() else format_instant(value)


def format_long_instant(value: datetime) -> str:
    """Format an instant with weekday, e.g. `Selasa, 24 November 2026, 15.04 WITA`."""
    local = value.astimezone(WITA)
    return (
        f"{format_datetime(local, 'EEEE, d MMMM y', locale=_get_language_or_default())}, {format_time(local)}"
    )


def format_rupiah(value: int) -> str:
    """Format whole rupiah, e.g. `Rp 25.000.000`, with a no-break space; the same in both languages."""
    return f"{'-' if value < 0 else ''}Rp{NBSP}{format_decimal(abs(value), locale='id')}"


def format_number(value: int | float) -> str:
    """Format a number by language: `1.284` in Indonesian, `1,284` in English."""
    return str(format_decimal(value, locale=_get_language_or_default()))


def format_phone(value: str) -> str:
    """Format an E.164 number, e.g. `0811-5413-355`; a short code stays as it is."""
    if not value.startswith("+"):
        return value
    parsed = phonenumbers.parse(value)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(
        parsed, style.NATIONAL if parsed.country_code == 62 else style.INTERNATIONAL
    )


def get_enum_label(member: enum.Enum) -> str:
    """Return the translated label of an enum member."""
    return _get_enum_label(member, get_language())


@cache
def _get_enum_label(member: enum.Enum, _locale: str | None) -> str:
    return str(member.value)


def format_recent_instant(value: datetime) -> str:
    """Format a past instant: the time if today, “Yesterday”, or the day."""
    day, today = value.astimezone(clock.WITA).date(), clock.today()
    if day == today:
        return format_time(value)
    return str(_("Yesterday")) if day == today - timedelta(days=1) else format_day(day)


def format_duration(days: int) -> str:
    """Format a duration in days, in months from 90 days on, in years from two years on."""
    if days < 90:
        return str(ngettext("%(num)s day", "%(num)s days", days))
    if days < 2 * 365:
        return str(ngettext("%(num)s month", "%(num)s months", days // 30))
    return str(ngettext("%(num)s year", "%(num)s years", days // 365))


def shorten_text(text: str, width: int) -> str:
    """Return the beginning of a text for a list, cut between words and never within a number.

    The masking of NIK and phone numbers would not recognise one whose end is cut off.
    """
    shortened = shorten(text, width, placeholder=_ELLIPSIS)
    return _CUT_NUMBER_PATTERN.sub(_ELLIPSIS, shortened)
