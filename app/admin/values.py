"""Render values as safe HTML, by the type of their column."""

import enum
from datetime import date, datetime
from functools import cache
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.core.formats import (
    EMPTY_VALUE,
    format_day,
    format_instant,
    format_phone,
    format_rupiah,
    get_enum_label,
    get_language,
)
from app.db import masking
from app.db.types import Phone, Rupiah


def get_tone(member: enum.Enum) -> str:
    """Return the tone of an enum member; `hidden_badge` means no badge where space is short."""
    return str(getattr(type(member), "tones", {}).get(member.name, "plain"))


def render_badge(member: enum.Enum) -> Markup:
    """Render an enum member as a badge; the text says it, the colour only helps."""
    return _badge(member, get_language())


@cache
def _badge(member: enum.Enum, _in: str | None) -> Markup:
    return Markup('<span class="state state-{}">{}</span>').format(get_tone(member), str(member.value))


def render_value(value: Any, column: Any = None, *, mask: bool = False) -> Markup:
    """Render a value as safe HTML; `column`, if given, decides about type and masking."""
    if value is None or value == "":
        return Markup(EMPTY_VALUE)
    if isinstance(value, Markup):
        return value
    if mask and column is not None and column.info.get("masked"):
        return escape(masking.mask(str(value)))
    if isinstance(value, enum.Enum):
        return render_badge(value) if hasattr(type(value), "tones") else escape(get_enum_label(value))
    return escape(_plain(value, column))


def _plain(value: Any, column: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, date):
        return format_day(value)
    if isinstance(value, int):
        return format_rupiah(value) if column is not None and isinstance(column.type, Rupiah) else str(value)
    if column is not None and isinstance(column.type, Phone):
        return format_phone(value)
    return str(value)


def render_prose(value: str) -> Markup:
    """Escape a text and keep its line breaks."""
    return Markup("<br>").join(escape(line) for line in value.splitlines())
