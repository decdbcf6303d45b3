"""What a password must be, how it is kept, and how a temporary one is made."""

import re
import secrets
from functools import cache
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _
from werkzeug.security import check_password_hash, generate_password_hash

from app.core.errors import PortalError

SHORTEST = 12
LONGEST = 200  # a longer one only keeps the machine busy
FEWEST_CHARACTERS = 5
"""Different characters that there must be at least: `aaaaaaaaaaaa` and `121212121212` are no passwords."""

_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread on paper or over the phone


@cache
def common() -> frozenset[str]:
    """Read the passwords that are tried first."""
    text = (Path(__file__).parent / "data" / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def check(password: str, username: str, field: str | None = "new_password") -> None:
    """Raise `PortalError` beside `field` when the password is too easy to guess."""
    lower = password.lower()
    if len(password) < SHORTEST:
        raise PortalError(_("A password needs at least %(n)s characters.", n=SHORTEST), field)
    if len(password) > LONGEST:
        raise PortalError(_("A password has at most %(n)s characters.", n=LONGEST), field)
    if username and username.lower() in lower:
        raise PortalError(_("The password must not contain the user name."), field)
    if len(set(lower)) < FEWEST_CHARACTERS or {lower, _AROUND.sub("", lower)} & common():
        raise PortalError(_("Many people use this password; choose another one, such as four words."), field)


def hashed(password: str) -> str:
    """Hash a password the way it is kept."""
    return generate_password_hash(password, _method())


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password that is kept; takes as long when there is none."""
    typed = password[: LONGEST + 1].encode(errors="replace").decode()  # JSON brings halves of characters, too
    right = check_password_hash(kept or _nobodys(_method()), typed)
    return right and kept is not None


def _method() -> str:
    return str(current_app.config.get("FAB_PASSWORD_HASH_METHOD", "scrypt"))


@cache
def _nobodys(method: str) -> str:
    return generate_password_hash(secrets.token_hex(), method)


def temporary() -> str:
    """Make a password that an administrator reads out once: `k7wm-p3xz-hd9v`."""
    return "-".join("".join(secrets.choice(_READABLE) for _each in range(4)) for _group in range(4))
