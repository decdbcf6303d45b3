"""NIK, No. KK and phone numbers for users who may not read them whole: one decision for every way out."""

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
    rf"|(?:\+?62|\(?0){_DIGIT_GAP_PATTERN}[1-9](?:{_DIGIT_GAP_PATTERN}\d){{6,11}})"  # a phone
    r"(?!\d)"
)


def can_read_numbers(actor: Actor) -> bool:
    """Whether the actor works with people; all others read NIK, No. KK and phone numbers masked."""
    return has_role(actor, ADMIN, PEKSOS)


def mask(value: str) -> str:
    """Keep the last four characters: the middle of a NIK tells birth date and sex."""
    return MASK + value[-4:]


def mask_numbers(text: str) -> str:
    """Mask every NIK, No. KK and phone number that stands in a text, however its digits are spaced."""
    return _NUMBER_PATTERN.sub(lambda found: mask(re.sub(r"\D", "", found.group())), text)


def mask_for(actor: Actor, value: Any, column: Any = None) -> Any:
    """Return the value as the actor may read it.

    `column` is the SQLAlchemy column that holds the value; None for a computed text or a part of a paper.
    A column declared with `types.masked()` is masked as a whole; in prose and in lines that say who somebody
    is each number is. Values that are no text, and lines that concern no client (the phone of a partner, the
    number of a letter) come back unchanged.
    """
    if can_read_numbers(actor) or not isinstance(value, str):
        return value
    if column is None:
        return type(value)(mask_numbers(value))  # a Markup stays one: its digits need no escaping
    if column.info.get("masked"):
        return mask(value)
    is_text = isinstance(column.type, Prose) or (
        column.info.get("personal") and not isinstance(column.type, Phone)
    )
    return mask_numbers(value) if is_text else value
