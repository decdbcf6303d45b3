"""Rules for passwords, how they are hashed, and how temporary ones are generated."""

import re
import secrets
from functools import cache
from pathlib import Path

from flask_babel import gettext as _
from werkzeug.security import check_password_hash, generate_password_hash

from app.core.errors import PortalError
from app.core.settings import get_setting

MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 200  # hashing a longer one would only take time
MIN_DISTINCT_CHARACTERS = 5
"""Minimum number of different characters; refuses `aaaaaaaaaaaa` and `121212121212`."""

_EDGE_SYMBOLS_PATTERN = re.compile(r"^[\W\d_]+|[\W\d_]+$")
# Without characters that are easily misread on paper or misheard on the phone.
_READABLE_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@cache
def load_common_passwords() -> frozenset[str]:
    """Load the list of common passwords, which attackers try first."""
    text = (Path(__file__).parents[1] / "data" / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def validate_password(password: str, username: str, field: str | None = "new_password") -> None:
    """Raise `PortalError` for `field` if the password is too easy to guess or too long."""
    lower = password.lower()
    if len(password) < MIN_PASSWORD_LENGTH:
        raise PortalError(_("A password needs at least %(n)s characters.", n=MIN_PASSWORD_LENGTH), field)
    if len(password) > MAX_PASSWORD_LENGTH:
        raise PortalError(_("A password has at most %(n)s characters.", n=MAX_PASSWORD_LENGTH), field)
    if username and username.lower() in lower:
        raise PortalError(_("The password must not contain the user name."), field)
    if (
        len(set(lower)) < MIN_DISTINCT_CHARACTERS
        or {lower, _EDGE_SYMBOLS_PATTERN.sub("", lower)} & load_common_passwords()
    ):
        raise PortalError(_("Many people use this password; choose another one, such as four words."), field)


def hash_password(password: str) -> str:
    """Hash a password by the method in `FAB_PASSWORD_HASH_METHOD`."""
    return generate_password_hash(password, _get_hash_method())


def is_correct_password(password_hash: str | None, password: str) -> bool:
    """Return whether the password fits the hash; takes as long without a hash (unknown user name)."""
    # JSON can contain lone surrogates, which cannot be encoded.
    typed = password[: MAX_PASSWORD_LENGTH + 1].encode(errors="replace").decode()
    is_match = check_password_hash(password_hash or _get_dummy_hash(_get_hash_method()), typed)
    return is_match and password_hash is not None


def _get_hash_method() -> str:
    return str(get_setting("FAB_PASSWORD_HASH_METHOD", "scrypt"))


@cache
def _get_dummy_hash(method: str) -> str:
    return generate_password_hash(secrets.token_hex(), method)


def generate_temporary_password() -> str:
    """Generate a password that is easy to read out: `k7wm-p3xz-hd9v-q4te`."""
    return "-".join(
        "".join(secrets.choice(_READABLE_CHARACTERS) for _each in range(4)) for _group in range(4)
    )
