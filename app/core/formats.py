"""How a value is shown: the Indonesian way, everywhere, by its type."""

import enum
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

import phonenumbers
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import g, has_app_context
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app.core import clock
from app.core.clock import WITA

EMPTY_VALUE = "—"
NBSP = "\u00a0"


def get_language() -> str | None:
    """The code of the language that is spoken now; None: nobody listens, and no word is translated."""
    if not has_app_context():
        return None
    # Flask-Babel keeps it here and finds it by five ways round; a page asks for each word and each cell.
    locale = getattr(g.get("_flask_babel"), "babel_locale", None) or get_locale()
    return str(locale.language) if locale else None


def _get_language_or_default() -> str:
    return get_language() or "id"


def format_day(value: date) -> str:
    """`24 Nov 2026`."""
    return _format_day(value, _get_language_or_default())


@lru_cache(maxsize=1024)
def _format_day(value: date, language: str) -> str:
    return str(format_date(value, "d MMM y", locale=language)).replace(" ", NBSP)


def format_month(value: date) -> str:
    """`November 2026`."""
    return _format_month(value.year, value.month, _get_language_or_default())


@lru_cache(maxsize=1024)
def _format_month(year: int, month: int, language: str) -> str:
    return str(format_date(date(year, month, 1), "LLLL y", locale=language))


def format_instant(value: datetime) -> str:
    """`24 Nov 2026, 15.04 WITA`."""
    local = value.astimezone(WITA)
    return f"{format_day(local.date())}, {format_time(local)}"


def format_time(value: datetime) -> str:
    """`15.04 WITA`."""
    local = value.astimezone(WITA)
    return f"{local:%H}{'.' if _get_language_or_default() == 'id' else ':'}{local:%M}{NBSP}WITA"


def format_short_time(value: datetime) -> str:
    """`15.04`: where the page around it says whose time."""
    return format_time(value).removesuffix(f"{NBSP}WITA")


def format_deadline(value: datetime) -> str:
    """A time of today, a day, or both; midnight is the end of the day before."""
    last = (value - timedelta(seconds=1)).astimezone(WITA)
    if last.time() >= time(23, 59):
        return format_day(last.date())
    return format_time(value) if last.date() == clock.today() else format_instant(value)


def format_long_instant(value: datetime) -> str:
    """`Selasa, 24 November 2026, 15.04 WITA`."""
    local = value.astimezone(WITA)
    return (
        f"{format_datetime(local, 'EEEE, d MMMM y', locale=_get_language_or_default())}, {format_time(local)}"
    )


def format_rupiah(value: int) -> str:
    """`Rp 25.000.000`, with no-break spaces, in both languages."""
    return f"{'-' if value < 0 else ''}Rp{NBSP}{format_decimal(abs(value), locale='id')}"


def format_number(value: int | float) -> str:
    """`1.284` in Indonesian, `1,284` in English."""
    return str(format_decimal(value, locale=_get_language_or_default()))


def format_phone(value: str) -> str:
    """`0811-5413-355`; a short code as it is."""
    if not value.startswith("+"):
        return value
    parsed = phonenumbers.parse(value)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(
        parsed, style.NATIONAL if parsed.country_code == 62 else style.INTERNATIONAL
    )


def get_enum_label(member: enum.Enum) -> str:
    """A stored code in the user's words."""
    return _get_enum_label(member, get_language())


@cache
def _get_enum_label(member: enum.Enum, _locale: str | None) -> str:
    return str(member.value)


def format_recent_instant(value: datetime) -> str:
    """Today by the clock, before that by the day."""
    then, now = value.astimezone(clock.WITA).date(), clock.today()
    if then == now:
        return format_time(value)
    return str(_("Yesterday")) if then == now - timedelta(days=1) else format_day(then)


def format_duration(days: int) -> str:
    """So many days; after three months the day no longer matters."""
    if days < 90:
        return str(ngettext("%(num)s day", "%(num)s days", days))
    if days < 2 * 365:
        return str(ngettext("%(num)s month", "%(num)s months", days // 30))
    return str(ngettext("%(num)s year", "%(num)s years", days // 365))
