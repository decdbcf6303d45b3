"""A browser of a few lines: one kept connection, cookies, a log-in, and a clock around every answer."""

import re
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.benchmarks.statement_counter import COUNT_HEADER


@dataclass(frozen=True)
class HttpAnswer:
    """What came back, and how long it took, to the last byte."""

    status: int
    seconds: float
    size: int
    """Bytes of the body as they went over the line."""
    statements: int
    body: bytes
    location: str = ""


class HttpClient:
    """Asks one server, again and again."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=600)
        self._cookies: SimpleCookie = SimpleCookie()

    def get(self, path: str, *, encoding: str = "gzip, deflate, br, zstd") -> HttpAnswer:
        """One page, compressed as a browser takes it."""
        return self._request("GET", path, {"Accept-Encoding": encoding})

    def log_in(self, path: str, username: str, password: str) -> None:
        """Fill in the form that stands at the path; all that is asked here has the same fields."""
        page = self.get(path, encoding="identity").body.decode()
        token = re.search(r'name="(csrf\w+)"[^>]*value="([^"]+)"', page)
        assert token is not None, f"no log-in form at {path}"
        sent = {token[1]: token[2], "username": username, "password": password}
        heads = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._request("POST", path, heads, urlencode(sent))
        assert answer.status == 302, f"the log-in at {path} was answered {answer.status}"

    def _request(self, method: str, path: str, heads: dict[str, str], body: str | None = None) -> HttpAnswer:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())
        start = time.perf_counter()
        self._connection.request(method, path, body, {**heads, "Cookie": cookies})
        response = self._connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - start
        for cookie in response.headers.get_all("Set-Cookie") or ():
            self._cookies.load(cookie)
        return HttpAnswer(
            response.status,
            seconds,
            len(content),
            int(response.headers.get(COUNT_HEADER, "0")),
            content,
            response.headers.get("Location", ""),
        )
