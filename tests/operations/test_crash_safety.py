"""`kill -9` during saves: all acknowledged saves are stored, and none is stored in part."""

import http.client
import random
import re
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import URL

from tests.operations.conftest import PASSWORD, Installation
from tests.operations.test_init import execute_sql
from tests.support.photos import plain_jpeg

pytestmark = pytest.mark.slow

KILLS = 10
SAVES = 200
"""Forms to send per round; the server is killed before all are sent."""
WRITERS = 4
TIMEOUT_SECONDS = 60
"""Time limit for enough acknowledged saves."""
PHOTO = plain_jpeg()


@dataclass
class FormPost:
    """A form to be sent until the server acknowledges it."""

    path: str
    fields: dict[str, str]
    file: bool = False
    location: str | None = None

    def body(self, token: str) -> tuple[bytes, str]:
        """Return the request body and its content type."""
        fields = {**self.fields, "csrf_token": token}
        if not self.file:
            return urlencode(fields).encode(), "application/x-www-form-urlencoded"
        parts = [f'name="{name}"\r\n\r\n{text}'.encode() for name, text in fields.items()]
        parts.append(b'name="file"; filename="foto.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + PHOTO)
        sent = b"".join(b"--edge\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
        return sent + b"--edge--\r\n", "multipart/form-data; boundary=edge"


@dataclass
class OfficeClient:
    """An HTTP client whose session survives restarts of the server, and the forms it has sent."""

    url: str
    cookie: str = ""
    token: str = ""
    posts: list[FormPost] = field(default_factory=list)

    def log_in(self) -> None:
        page = self.request("GET", "/login/")
        self.token = find_match(r'name="csrf_token"[^>]*value="([^"]+)"', page[1])
        typed = {"csrf_token": self.token, "username": "budi", "password": PASSWORD}
        self.request("POST", "/login/", urlencode(typed).encode())
        self.token = find_match(
            r'name="csrf_token"[^>]*value="([^"]+)"', self.request("GET", "/clients/add")[1]
        )

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        kind: str = "application/x-www-form-urlencoded",
        connection: http.client.HTTPConnection | None = None,
    ) -> tuple[str | None, str]:
        """Send a request; return its redirect location and the page. Session cookies are stored."""
        if connection is None:
            with closing(self.connect()) as new_connection:
                return self.request(method, path, body, kind, new_connection)
        connection.request(method, path, body, {"Cookie": self.cookie, "Content-Type": kind})
        with connection.getresponse() as response:
            page = response.read().decode()
        assert response.status in (200, 302), (path, response.status)
        for cookie in response.headers.get_all("Set-Cookie", []):
            if cookie.startswith("siaga="):
                self.cookie = cookie.split(";")[0]
        return response.headers["Location"], page

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)

    def post_all(self, remaining: Iterator[FormPost]) -> None:
        """Send the forms one after the other until the connection breaks."""
        with closing(self.connect()) as connection:
            for save in remaining:
                save.location = self.request("POST", save.path, *save.body(self.token), connection)[0]
                assert save.location, "a form was refused"

    def build_posts(self, round_number: int, case: str) -> list[FormPost]:
        """Build forms for notes, files, and cases of new clients, each with its form key."""
        made = [
            (
                FormPost("/case-notes/add", {"case": case, "text": f"Catatan {round_number}-{n}"}),
                FormPost("/attachments/add", {"case": case, "title": f"Foto {round_number}-{n}"}, file=True),
                FormPost("/cases/add", {**CASE_FORM, "name": f"Klien {round_number}-{n}", "sex": "female"}),
                FormPost("/case-notes/add", {"case": case, "text": f"Catatan {round_number}-{n} lagi"}),
            )[n % 4]
            for n in range(SAVES)
        ]
        for one in made:
            one.fields["form_key"] = secrets.token_urlsafe(32)
        self.posts += made
        return made


CREATION_EVENTS = {"case_note": "note_added", "attachment": "attachment_added", "case_file": "case_opened"}
CASE_FORM = {"channel": "family", "presenting_problem": "Utang", "urgency": "ordinary"}


def find_match(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match is not None
    return match[1]


def kill_while_writing(
    installation: Installation, office: OfficeClient, saves: list[FormPost], after: int
) -> list[FormPost]:
    """Send forms in threads, kill the server after so many saves; return the forms without a response."""
    remaining = iter(saves)  # list iterators are thread-safe
    with ThreadPoolExecutor(WRITERS) as pool:
        futures = [pool.submit(office.post_all, remaining) for _number in range(WRITERS)]
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while sum(one.location is not None for one in saves) < after and time.monotonic() < deadline:
            time.sleep(0.005)
        installation.process.kill()
        installation.process.wait()
    for one in futures:  # ends when the connection breaks
        assert isinstance(one.exception(), OSError | http.client.HTTPException), one.exception()
    sent_count = len(saves) - len(list(remaining))
    assert after <= sent_count < SAVES
    return [one for one in saves[:sent_count] if one.location is None]


def test_acknowledged_saves_survive_ten_kills_and_none_is_partial(
    installation: Installation, empty_database: URL, free_port: Callable[[], str]
) -> None:
    made = installation.run_siaga("create-admin", "--username", "budi", "--password", PASSWORD)
    assert made.exit_code == 0, made.output
    port, rng = free_port(), random.Random(7)
    office, case, unacknowledged = OfficeClient(f"http://127.0.0.1:{port}"), "", list[FormPost]()
    for round_number in range(KILLS):
        with installation.serve(SIAGA_PORT=port) as (_url, printed):
            lines = [line.partition(" ")[0] for line in printed.splitlines()]
            assert lines == ["Database:", "Siaga"], "the server printed warnings at its start"
            if not case:
                office.log_in()
                opened = FormPost("/cases/add", {**CASE_FORM, "name": "Aminah", "sex": "female"})
                case = str(office.request("POST", opened.path, *opened.body(office.token))[0]).rpartition(
                    "/"
                )[2]
            office.post_all(iter(unacknowledged))  # sent again, whether saved or not
            unacknowledged = kill_while_writing(
                installation, office, office.build_posts(round_number, case), rng.randrange(10, 40)
            )
    assert_consistent(office, empty_database)
    checked = installation.run_siaga("check")
    assert checked.exit_code == 0, checked.output


def assert_consistent(office: OfficeClient, database: URL) -> None:
    queries = {
        "/case-notes/add": ("text", "SELECT text FROM case_note"),
        "/attachments/add": ("title", "SELECT title FROM attachment"),
        "/cases/add": ("name", "SELECT c.name FROM client c JOIN case_file f ON f.client_id = c.id"),
    }
    for path, (name, query) in queries.items():
        stored = [text for (text,) in execute_sql(database, query)]
        sent = {one.fields[name] for one in office.posts if one.path == path and one.location}
        assert len(sent) > KILLS
        assert sent <= set(stored)
        assert len(stored) == len(set(stored))
    for table, event in CREATION_EVENTS.items():
        records = execute_sql(database, f"SELECT count(*) FROM {table}")
        event_count = f"SELECT count(DISTINCT e.id) FROM case_event e WHERE e.kind = '{event}'"
        audit_count = f"SELECT count(*) FROM audit_entry WHERE entity = '{table}' AND action = 'create'"
        assert execute_sql(database, event_count) == execute_sql(database, audit_count) == records
    assert execute_sql(database, "SELECT count(*) FROM client") == execute_sql(
        database, "SELECT count(*) FROM case_file"
    )
    keys = [key for (key,) in execute_sql(database, "SELECT form_key FROM form_receipt")]
    assert {one.fields["form_key"] for one in office.posts if one.location} <= set(keys)
