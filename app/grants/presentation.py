"""Sums of money as pages and papers write them: unknown is a dash and never zero."""

from babel.numbers import format_decimal, format_percent
from flask_babel import get_locale

from app.core import formats


def format_amount(value: int | None) -> str:
    """`Rp 25.000.000`, or a dash."""
    return formats.EMPTY_VALUE if value is None else formats.format_rupiah(value)


def format_bare_amount(value: int | None) -> str:
    """`25.000.000`, or a dash: for tables whose head says that it is rupiah."""
    return formats.EMPTY_VALUE if value is None else str(format_decimal(value, locale="id"))


def format_share(value: float | None) -> str:
    """`22,6%`, or a dash: what has no ceiling has no absorption."""
    if value is None:
        return formats.EMPTY_VALUE
    return str(format_percent(value, "#,##0.0%", locale=str(get_locale() or "id")))
