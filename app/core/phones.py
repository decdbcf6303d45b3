"""Parsing of phone numbers: free input is stored as E.164, short codes stay as they are."""

import re
from typing import Any, NamedTuple

import phonenumbers
from flask_babel import gettext as _

from app.core.errors import PortalError
from app.core.records import RecordLink

SHORT_CODES = frozenset({"110", "112", "119", "129"})
"""Police, emergency, ambulance, women and children: dialled without a prefix."""

_DEFAULT_REGION = "ID"
# phonenumbers reads letters as keys of the dial ("0811-BANTU"); here letters are a typing error.
_PHONE_PATTERN = re.compile(r"\+?[\d\s().\-/]+")


class CallRule(NamedTuple):
    """Whether the phone number of a record may be called, with a note for the user."""

    is_allowed: bool
    note: Any = None
    """Translated sentence shown beside the number; None: no note."""
    link: RecordLink | None = None
    """The page on which the user can do what the note asks for."""


CALL_ALLOWED = CallRule(is_allowed=True)


def to_e164(text: str | None) -> str | None:
    """Return the number in E.164, or the short code; None for blank text and for no valid number."""
    stripped = (text or "").strip()
    if stripped in SHORT_CODES:
        return stripped
    if not _PHONE_PATTERN.fullmatch(stripped):
        return None
    try:
        number = phonenumbers.parse(stripped, _DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def validate_phone(text: str | None, field: str) -> str | None:
    """Return the number as it is stored, None if blank; raise `PortalError` at `field` if it is invalid."""
    if not (text or "").strip():
        return None
    number = to_e164(text)
    if number is None:
        raise PortalError(
            _("This is no phone number. Write it like 0811-5413-355 or, on a landline, 0548-21234."),
            field=field,
        )
    return number
