"""How a value is shown: the Indonesian way, everywhere, by its type."""

import enum
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any

import phonenumbers
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import g, has_app_context
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.core import clock, masking
from app.core.clock import WITA
from app.core.types import Phone, Rupiah

UNKNOWN = "—"
NBSP = "\u00a0"


def spoken() -> str | None:
    """The code of the language that is spoken now; None: nobody listens, and no word is translated."""
    if not has_app_context():
        return None
    # Flask-Babel keeps it here and finds it by five ways round; a page asks for each word and each cell.
    locale = getattr(g.get("_flask_babel"), "babel_locale", None) or get_locale()
    return str(locale.language) if locale else None


def _language() -> str:
    return spoken() or "id"


def day(value: date) -> str:
    """`24 Nov 2026`."""
    return _day(value, _language())


@lru_cache(maxsize=1024)
def _day(value: date, language: str) -> str:
    return str(format_date(value, "d MMM y", locale=language)).replace(" ", NBSP)


def month(value: date) -> str:
    """`November 2026`."""
    return _month(value.year, value.month, _language())


@lru_cache(maxsize=1024)
def _month(year: int, number: int, language: str) -> str:
    return str(format_date(date(year, number, 1), "LLLL y", locale=language))


def moment(value: datetime) -> str:
    """`24 Nov 2026, 15.04 WITA`."""
    local = value.astimezone(WITA)
    return f"{day(local.date())}, {clock_time(local)}"


def clock_time(value: datetime) -> str:
    """`15.04 WITA`."""
    local = value.astimezone(WITA)
    return f"{local:%H}{'.' if _language() == 'id' else ':'}{local:%M}{NBSP}WITA"


def short_time(value: datetime) -> str:
    """`15.04`: where the page around it says whose time."""
    return clock_time(value).removesuffix(f"{NBSP}WITA")


def deadline(value: datetime) -> str:
    """A time of today, a day, or both; midnight is the end of the day before."""
    last = (value - timedelta(seconds=1)).astimezone(WITA)
    if last.time() >= time(23, 59):
        return day(last.date())
    return clock_time(value) if last.date() == clock.today() else moment(value)


def long_moment(value: datetime) -> str:
    """`Selasa, 24 November 2026, 15.04 WITA`."""
    local = value.astimezone(WITA)
    return f"{format_datetime(local, 'EEEE, d MMMM y', locale=_language())}, {clock_time(local)}"


def rupiah(value: int) -> str:
    """`Rp 25.000.000`, with no-break spaces, in both languages."""
    return f"{'-' if value < 0 else ''}Rp{NBSP}{format_decimal(abs(value), locale='id')}"


def number(value: int | float) -> str:
    """`1.284` in Indonesian, `1,284` in English."""
    return str(format_decimal(value, locale=_language()))


def phone(value: str) -> str:
    """`0811-5413-355`; a short code as it is."""
    if not value.startswith("+"):
        return value
    parsed = phonenumbers.parse(value)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(
        parsed, style.NATIONAL if parsed.country_code == 62 else style.INTERNATIONAL
    )


def tone(member: enum.Enum) -> str:
    """The tone of a state; `usual` needs no badge where there is little room."""
    return str(getattr(type(member), "tones", {}).get(member.name, "plain"))


def badge(member: enum.Enum) -> Markup:
    """A state with its tone; the word says it, the colour only helps."""
    return _badge(member, spoken())


@cache
def _badge(member: enum.Enum, _in: str | None) -> Markup:
    return Markup('<span class="state state-{}">{}</span>').format(tone(member), str(member.value))


def word(member: enum.Enum) -> str:
    """A stored code in the user's words."""
    return _word(member, spoken())


@cache
def _word(member: enum.Enum, _in: str | None) -> str:
    return str(member.value)


def show(value: Any, column: Any = None, *, mask: bool = False) -> Markup:
    """The value as safe HTML; `column` (where there is one) tells type and masking."""
    if value is None or value == "":
        return Markup(UNKNOWN)
    if isinstance(value, Markup):
        return value
    if mask and column is not None and column.info.get("masked"):
        return escape(masking.mask(str(value)))
    if isinstance(value, enum.Enum):
        return badge(value) if hasattr(type(value), "tones") else escape(word(value))
    return escape(_plain(value, column))


def _plain(value: Any, column: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int):
        return rupiah(value) if column is not None and isinstance(column.type, Rupiah) else str(value)
    if column is not None and isinstance(column.type, Phone):
        return phone(value)
    return str(value)


def prose(value: str) -> Markup:
    """Typed text with its line breaks."""
    return Markup("<br>").join(escape(line) for line in value.splitlines())


def lately(moment: datetime) -> str:
    """Today by the clock, before that by the day."""
    then, now = moment.astimezone(clock.WITA).date(), clock.today()
    if then == now:
        return clock_time(moment)
    return str(_("Yesterday")) if then == now - timedelta(days=1) else day(then)


def duration(days: int) -> str:
    """So many days; after three months the day no longer matters."""
    if days < 90:
        return str(ngettext("%(num)s day", "%(num)s days", days))
    if days < 2 * 365:
        return str(ngettext("%(num)s month", "%(num)s months", days // 30))
    return str(ngettext("%(num)s year", "%(num)s years", days // 365))
