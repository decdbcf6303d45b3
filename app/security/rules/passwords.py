"""What a password must be, how it is kept, and how a temporary one is made."""

import re
import secrets
from functools import cache
from pathlib import Path

from flask_babel import gettext as _
from werkzeug.security import check_password_hash, generate_password_hash

from app.core.errors import PortalError
from app.core.settings import get_setting

MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 200  # a longer one only keeps the machine busy
MIN_DISTINCT_CHARACTERS = 5
"""Different characters that there must be at least: `aaaaaaaaaaaa` and `121212121212` are no passwords."""

_EDGE_SYMBOLS_PATTERN = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_READABLE_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread on paper or over the phone


@cache
def load_common_passwords() -> frozenset[str]:
    """Read the passwords that are tried first."""
    text = (Path(__file__).parents[1] / "data" / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def validate_password(password: str, username: str, field: str | None = "new_password") -> None:
    """Raise `PortalError` beside `field` when the password is too easy to guess."""
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
    """Hash a password the way it is kept."""
    return generate_password_hash(password, _get_hash_method())


def is_correct_password(password_hash: str | None, password: str) -> bool:
    """Whether it is the password that is kept; takes as long when there is none."""
    typed = (
        password[: MAX_PASSWORD_LENGTH + 1].encode(errors="replace").decode()
    )  # JSON brings halves of characters, too
    right = check_password_hash(password_hash or _get_dummy_hash(_get_hash_method()), typed)
    return right and password_hash is not None


def _get_hash_method() -> str:
    return str(get_setting("FAB_PASSWORD_HASH_METHOD", "scrypt"))


@cache
def _get_dummy_hash(method: str) -> str:
    return generate_password_hash(secrets.token_hex(), method)


def generate_temporary_password() -> str:
    """Make a password that an administrator reads out once: `k7wm-p3xz-hd9v`."""
    return "-".join(
        "".join(secrets.choice(_READABLE_CHARACTERS) for _each in range(4)) for _group in range(4)
    )
