"""Identification of the device and the network that a request comes from.

A device keeps a random token in a cookie of its own from one log-in to the next. A log-in makes the device
*known* for that user (`user_session.device_hash`). Wrong passwords are counted by known device, else by
network.
"""

import re
import secrets
from ipaddress import IPv6Address, ip_address, ip_network

from flask import current_app, g, request
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.core.tokens import hash_token
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
"""Name -> pattern of the User-Agent. The first match counts: a browser also claims to be those after it."""
SYSTEM_PATTERNS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "macOS": "Mac OS X",
    "Linux": "Linux",
}


def describe_device() -> str:
    """Return browser and system, by which the user recognises the device."""
    agent = request.user_agent.string
    names = [
        next((name for name, pattern in patterns.items() if re.search(pattern, agent)), None)
        for patterns in (BROWSER_PATTERNS, SYSTEM_PATTERNS)
    ]
    return ", ".join(name for name in names if name) or str(_("Unknown device"))


def get_device_token() -> str:
    """Return the device's token, or a new one if nobody has logged in with the one it has."""
    token = _read_device_cookie()
    query = select(UserSession.id).where(UserSession.device_hash == hash_token(token)).limit(1)
    return token if token and db.session.scalar(query) is not None else secrets.token_urlsafe(32)


def set_device_cookie(response: Response, token: str) -> None:
    """Store the device's token in its cookie."""
    response.set_cookie(
        current_app.config["DEVICE_COOKIE_NAME"],
        token,
        max_age=COOKIE_MAX_AGE_SECONDS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def get_attempt_origin(user_id: int | None) -> str:
    """Return the origin with which this password attempt is counted.

    A device on which this user has logged in is counted by itself, so attempts by strangers cannot lock it.
    All other devices of one network are counted together.
    """
    device_hash = hash_token(_read_device_cookie())
    query = select(UserSession.id).where(
        UserSession.device_hash == device_hash, UserSession.user_id == (user_id or 0)
    )
    return f"device {device_hash}" if db.session.scalar(query.limit(1)) is not None else get_network()


def get_request_origin() -> str:
    """Return the origin for the limit over all user names: a device known for anybody, else the network.

    Cached in `g`, so a request queries it once.
    """
    if "place_of_request" not in g:
        device_hash = hash_token(_read_device_cookie())
        query = select(UserSession.id).where(UserSession.device_hash == device_hash).limit(1)
        g.place_of_request = (
            f"device {device_hash}" if db.session.scalar(query) is not None else get_network()
        )
    return str(g.place_of_request)


def get_network() -> str:
    """Return the IPv4 address, or the /64 network that an IPv6 household or office shares."""
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
