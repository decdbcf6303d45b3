"""Formats of amounts and shares in pages and documents: unknown is a dash, never zero."""

from babel.numbers import format_decimal, format_percent
from flask_babel import get_locale

from app.core import formats


def format_amount(value: int | None) -> str:
    """Format rupiah as `Rp 25.000.000`; None becomes a dash."""
    return formats.EMPTY_VALUE if value is None else formats.format_rupiah(value)


def format_bare_amount(value: int | None) -> str:
    """Format rupiah as `25.000.000`, for tables whose heading names the unit; None becomes a dash."""
    return formats.EMPTY_VALUE if value is None else str(format_decimal(value, locale="id"))


def format_share(value: float | None) -> str:
    """Format a share as `22,6%`; None (no ceiling, hence no absorption) becomes a dash."""
    if value is None:
        return formats.EMPTY_VALUE
    return str(format_percent(value, "#,##0.0%", locale=str(get_locale() or "id")))
