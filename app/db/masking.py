"""Masking of NIK, No. KK and phone numbers, shared by pages, exports and documents."""

import re
from typing import Any

from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.db.types import Phone, Prose

MASK = "••••"

_DIGIT_GAP_PATTERN = r"[\s.\-()]{0,2}"
_DATE_PATTERN = r"\d{1,2}[-./ ]\d{1,2}[-./ ]\d{4}(?!\d)"
_NUMBER_PATTERN = re.compile(
    rf"(?<!\d)(?<!\d[./-])(?!{_DATE_PATTERN})"
    rf"(?:\d(?:{_DIGIT_GAP_PATTERN}\d){{15}}"  # a NIK or No. KK: 16 digits
    rf"|(?:\+|00){_DIGIT_GAP_PATTERN}[1-9](?:{_DIGIT_GAP_PATTERN}\d){{6,13}}"  # a phone with a country's code
    rf"|(?:62|\(?0){_DIGIT_GAP_PATTERN}[1-9](?:{_DIGIT_GAP_PATTERN}\d){{6,11}})"  # a phone
    r"(?!\d)"
)


def can_read_numbers(actor: Actor) -> bool:
    """Return whether the actor's role may read NIK, No. KK and phone numbers unmasked."""
    return has_role(actor, ADMIN, PEKSOS)


def mask(value: str) -> str:
    """Keep only the last four characters: the middle of a NIK reveals birth date and sex."""
    return MASK + value[-4:]


def mask_numbers(text: str) -> str:
    """Mask every NIK, No. KK and phone number in a text, however its digits are spaced."""
    return _NUMBER_PATTERN.sub(lambda match: mask(re.sub(r"\D", "", match.group())), text)


def mask_for(actor: Actor, value: Any, column: Any = None) -> Any:
    """Return the value, masked if the actor may not read numbers.

    `column` is the SQLAlchemy column of the value; None for a computed text or a part of a document.
    A column with `column_info(masked=True)` is masked as a whole. In prose and in columns with personal
    data each number is masked. Values that are not text, and columns that concern no client (the phone of a
    partner, the number of a letter), are returned unchanged.
    """
    if can_read_numbers(actor) or not isinstance(value, str):
        return value
    if column is None:
        return type(value)(mask_numbers(value))  # Markup stays Markup: masked digits need no escaping
    if column.info.get("masked"):
        return mask(value)
    is_text = isinstance(column.type, Prose) or (
        column.info.get("personal") and not isinstance(column.type, Phone)
    )
    return mask_numbers(value) if is_text else value
