"""Phone numbers as people write them, and as the portal keeps them: E.164, short codes as they are."""

import re
from typing import Any, NamedTuple

import phonenumbers
from flask_babel import gettext as _

from app.core.errors import PortalError

SHORT_CODES = frozenset({"110", "112", "119", "129"})
"""Police, emergency, ambulance, women and children: dialled as they are."""

_DEFAULT_REGION = "ID"
# phonenumbers would read letters as keys of the dial ("0811-BANTU"): here they are a slip of the finger.
_PHONE_PATTERN = re.compile(r"\+?[\d\s().\-/]+")


class CallRule(NamedTuple):
    """What a room says of calling a number of its record."""

    is_allowed: bool
    note: Any = None
    """A sentence that stands beside the number; None: nothing to mind."""
    link: tuple[str, Any] | None = None
    """(url, text) of the page on which what the sentence asks can be answered."""


CALL_ALLOWED = CallRule(is_allowed=True)


def to_e164(text: str | None) -> str | None:
    """Give the number in E.164 or the short code; None when it is no phone number; blank stays None."""
    written = (text or "").strip()
    if written in SHORT_CODES:
        return written
    if not _PHONE_PATTERN.fullmatch(written):
        return None
    try:
        number = phonenumbers.parse(written, _DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def validate_phone(text: str | None, field: str) -> str | None:
    """Give the number as it is kept, or refuse it beside its field."""
    if not (text or "").strip():
        return None
    number = to_e164(text)
    if number is None:
        raise PortalError(
            _("This is no phone number. Write it like 0811-5413-355 or, on a landline, 0548-21234."),
            field=field,
        )
    return number
