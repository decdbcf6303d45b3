"""WSGI middleware: rejects long URLs and foreign Host headers before Flask sees the request."""

import re
from collections.abc import Iterable
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_URL_BYTES = 4096
"""Bytes of path and query; the longest URL that a page links to prints a hundred letters."""
MONITORING_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Called by programs under any address of the machine: no host check and no redirect."""

_HOST_PATTERN = re.compile(
    r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::([0-9]{1,5}))?", re.ASCII | re.IGNORECASE
)
_DEFAULT_PORTS = frozenset({"80", "443"})


class Host(NamedTuple):
    """Normalized host; `port` is empty for the default ports of HTTP and HTTPS."""

    name: str
    port: str


class RequestGuard:
    """WSGI middleware; errors are plain text, so that no template, session or login is involved."""

    def __init__(self, app: "WSGIApplication", public_url: str | None) -> None:
        self._app = app
        self._host = None if public_url is None else get_host(public_url)
        self._headers = []
        if public_url is not None and public_url.startswith("https://"):
            self._headers = [("Cross-Origin-Opener-Policy", "same-origin")]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Reject the request, or pass it on."""

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, *self._headers], *more)

        path = environ.get("PATH_INFO", "")
        if len(path) + len(environ.get("QUERY_STRING", "")) > MAX_URL_BYTES:
            return _send_bad_request(start, "400 Bad Request", "This address is too long.")
        if path not in MONITORING_PATHS and not self._is_trusted(environ.get("HTTP_HOST", "")):
            return _send_bad_request(
                start, "400 Bad Request", "This portal is not served under that host name."
            )
        return self._app(environ, start)

    def _is_trusted(self, header: str) -> bool:
        return self._host is None or normalize_host(header) == self._host


def get_host(url: str) -> Host | None:
    """Return the normalized host of a URL; international names as browsers send them (IDNA)."""
    parts = urlsplit(url)
    name = (parts.hostname or "").encode("idna").decode("ascii") if parts.hostname else ""
    name = f"[{name}]" if ":" in name else name
    return normalize_host(f"{name}:{parts.port}" if parts.port else name)


def normalize_host(text: str) -> Host | None:
    """Parse a Host header; case, a trailing dot, default ports and the spelling of IPv6 do not count."""
    match = _HOST_PATTERN.fullmatch(text)
    if match is None:
        return None
    name, port = match[1].lower().removesuffix("."), (match[2] or "").lstrip("0")
    if name.startswith("["):
        try:
            name = IPv6Address(name[1:-1]).compressed
        except ValueError:
            return None
    return Host(name, "" if port in _DEFAULT_PORTS else port) if name else None


def _send_bad_request(start_response: Any, status: str, message: str) -> Iterable[bytes]:
    body = f"{message}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response(status, headers)
    return [body]
