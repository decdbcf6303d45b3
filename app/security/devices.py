"""The device and the network that a request comes from.

A device keeps a random token in a cookie of its own from one log-in to the next; a log-in makes it *known*
for that user (`user_session.device_hash`). Wrong passwords are counted by known device, else by network.
"""

import hashlib
import re
import secrets
from ipaddress import IPv6Address, ip_address, ip_network

from flask import current_app, g, request
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.extensions import db
from app.security.models import UserSession

COOKIE_MAX_AGE_SECONDS = 365 * 24 * 3600
TOKEN_PATTERN = re.compile(r"[\w-]{43}")
BROWSER_PATTERNS = {
    "Edge": "Edg",
    "Opera": "OPR/",
    "Samsung Internet": "SamsungBrowser",
    "Firefox": "Firefox|FxiOS",
    "Chrome": "Chrome|CriOS",
    "Safari": "Safari",
}
"""Name -> how it betrays itself; the first one that fits, for each claims to be the later ones, too."""
SYSTEM_PATTERNS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "macOS": "Mac OS X",
    "Linux": "Linux",
}


def hash_token(token: str) -> str:
    """Hash a random token for keeping."""
    return hashlib.sha256(token.encode()).hexdigest()


def describe_device() -> str:
    """Name browser and system, for the user to recognise the device by."""
    agent = request.user_agent.string
    names = [
        next((name for name, sign in kinds.items() if re.search(sign, agent)), None)
        for kinds in (BROWSER_PATTERNS, SYSTEM_PATTERNS)
    ]
    return ", ".join(name for name in names if name) or str(_("Unknown device"))


def get_device_token() -> str:
    """Give the token of this device; a new one when it has none by which anybody has logged in."""
    token = _read_device_cookie()
    known = select(UserSession.id).where(UserSession.device_hash == hash_token(token)).limit(1)
    return token if token and db.session.scalar(known) is not None else secrets.token_urlsafe(32)


def set_device_cookie(response: Response, token: str) -> None:
    """Let the device keep its token."""
    response.set_cookie(
        current_app.config["DEVICE_COOKIE_NAME"],
        token,
        max_age=COOKIE_MAX_AGE_SECONDS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def get_attempt_origin(user_id: int | None) -> str:
    """Say what this attempt at a password is counted with.

    A device on which this user has logged in counts by itself: no stranger's attempts lock it. All others
    of one network are counted together.
    """
    device_hash = hash_token(_read_device_cookie())
    known = select(UserSession.id).where(
        UserSession.device_hash == device_hash, UserSession.user_id == (user_id or 0)
    )
    return f"device {device_hash}" if db.session.scalar(known.limit(1)) is not None else get_network()


def get_request_origin() -> str:
    """The same for the limit over all names: a device known to anybody, else the network; asked once."""
    if "place_of_request" not in g:
        device_hash = hash_token(_read_device_cookie())
        known = select(UserSession.id).where(UserSession.device_hash == device_hash).limit(1)
        g.place_of_request = (
            f"device {device_hash}" if db.session.scalar(known) is not None else get_network()
        )
    return str(g.place_of_request)


def get_network() -> str:
    """The address, or of IPv6 the part that one household or office shares."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown network"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _read_device_cookie() -> str:
    token = request.cookies.get(current_app.config["DEVICE_COOKIE_NAME"], "")
    return token if TOKEN_PATTERN.fullmatch(token) else ""
