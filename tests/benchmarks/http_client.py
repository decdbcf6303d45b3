"""Minimal HTTP client: one persistent connection, cookies, log-in, and the time of each response."""

import re
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.benchmarks.statement_counter import COUNT_HEADER


@dataclass(frozen=True)
class HttpResponse:
    """A response and the time until its last byte."""

    status: int
    seconds: float
    size: int
    """Bytes of the body as sent, compressed or not."""
    statements: int
    body: bytes
    location: str = ""


class HttpClient:
    """Client of one server."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=600)
        self._cookies: SimpleCookie = SimpleCookie()

    def get(self, path: str, *, encoding: str = "gzip, deflate, br, zstd") -> HttpResponse:
        """GET a page; compressed by default, as for a browser."""
        return self._request("GET", path, {"Accept-Encoding": encoding})

    def log_in(self, path: str, username: str, password: str) -> None:
        """Submit the log-in form at the path; the forms of portal and Django have the same fields."""
        page = self.get(path, encoding="identity").body.decode()
        token = re.search(r'name="(csrf\w+)"[^>]*value="([^"]+)"', page)
        assert token is not None, f"no log-in form at {path}"
        sent = {token[1]: token[2], "username": username, "password": password}
        request_headers = {"Content-Type": "application/x-www-form-urlencoded"}
        response = self._request("POST", path, request_headers, urlencode(sent))
        assert response.status == 302, f"the log-in at {path} was answered {response.status}"

    def _request(
        self, method: str, path: str, request_headers: dict[str, str], body: str | None = None
    ) -> HttpResponse:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())
        start = time.perf_counter()
        self._connection.request(method, path, body, {**request_headers, "Cookie": cookies})
        response = self._connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - start
        for cookie in response.headers.get_all("Set-Cookie") or ():
            self._cookies.load(cookie)
        return HttpResponse(
            response.status,
            seconds,
            len(content),
            int(response.headers.get(COUNT_HEADER, "0")),
            content,
            response.headers.get("Location", ""),
        )
