"""`kill -9` in the middle of saves: what was acknowledged is there, and nothing is half there."""

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

CUTS = 10
SAVES = 200
"""What the writers set out to save each time; the power goes somewhere in the middle."""
WRITERS = 4
TIMEOUT_SECONDS = 60
"""Seconds until the test gives up waiting for enough saves."""
PHOTO = plain_jpeg()


@dataclass
class FormPost:
    """One form, to be sent until it is acknowledged."""

    path: str
    fields: dict[str, str]
    file: bool = False
    location: str | None = None

    def body(self, token: str) -> tuple[bytes, str]:
        """What a browser sends."""
        fields = {**self.fields, "csrf_token": token}
        if not self.file:
            return urlencode(fields).encode(), "application/x-www-form-urlencoded"
        parts = [f'name="{name}"\r\n\r\n{text}'.encode() for name, text in fields.items()]
        parts.append(b'name="file"; filename="foto.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + PHOTO)
        sent = b"".join(b"--edge\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
        return sent + b"--edge--\r\n", "multipart/form-data; boundary=edge"


@dataclass
class OfficeClient:
    """A browser that stays logged in while the server comes and goes, and what is to be written."""

    address: str
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
        line: http.client.HTTPConnection | None = None,
    ) -> tuple[str | None, str]:
        """The address to which it led, and the page; a cookie that came is kept."""
        if line is None:
            with closing(self.connect()) as own:
                return self.request(method, path, body, kind, own)
        line.request(method, path, body, {"Cookie": self.cookie, "Content-Type": kind})
        with line.getresponse() as answer:
            page = answer.read().decode()
        assert answer.status in (200, 302), (path, answer.status)
        for cookie in answer.headers.get_all("Set-Cookie", []):
            if cookie.startswith("siaga="):
                self.cookie = cookie.split(";")[0]
        return answer.headers["Location"], page

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=30)

    def post_all(self, left: Iterator[FormPost]) -> None:
        """Send one form after the other until the line is dead."""
        with closing(self.connect()) as line:
            for save in left:
                save.location = self.request("POST", save.path, *save.body(self.token), line)[0]
                assert save.location, "a form was not taken"

    def build_posts(self, cut: int, case: str) -> list[FormPost]:
        """Notes, files and cases of new clients, each with the key of its form."""
        made = [
            (
                FormPost("/case-notes/add", {"case": case, "text": f"Catatan {cut}-{n}"}),
                FormPost("/attachments/add", {"case": case, "title": f"Foto {cut}-{n}"}, file=True),
                FormPost("/cases/add", {**CASE_FORM, "name": f"Klien {cut}-{n}", "sex": "female"}),
                FormPost("/case-notes/add", {"case": case, "text": f"Catatan {cut}-{n} lagi"}),
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
    machine: Installation, office: OfficeClient, saves: list[FormPost], after: int
) -> list[FormPost]:
    """Let everybody write until so many saves are acknowledged, then kill; gives what was under way."""
    left = iter(saves)  # a list's iterator may be asked by several threads
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(office.post_all, left) for _number in range(WRITERS)]
        until = time.monotonic() + TIMEOUT_SECONDS
        while sum(one.location is not None for one in saves) < after and time.monotonic() < until:
            time.sleep(0.005)
        machine.process.kill()
        machine.process.wait()
    for one in writing:  # each ends when the power is gone
        assert isinstance(one.exception(), OSError | http.client.HTTPException), one.exception()
    asked = len(saves) - len(list(left))
    assert after <= asked < SAVES
    return [one for one in saves[:asked] if one.location is None]


def test_every_acknowledged_save_survives_ten_cuts_and_none_is_half_there(
    installation: Installation, empty_database: URL, free_port: Callable[[], str]
) -> None:
    made = installation.run_siaga("create-admin", "--username", "budi", "--password", PASSWORD)
    assert made.exit_code == 0, made.output
    port, rng = free_port(), random.Random(7)
    office, case, under_way = OfficeClient(f"http://127.0.0.1:{port}"), "", list[FormPost]()
    for cut in range(CUTS):
        with installation.serve(SIAGA_PORT=port) as (_address, printed):
            assert printed.startswith("Siaga serves"), "the start had something to tell"
            if not case:
                office.log_in()
                opened = FormPost("/cases/add", {**CASE_FORM, "name": "Aminah", "sex": "female"})
                case = str(office.request("POST", opened.path, *opened.body(office.token))[0]).rpartition(
                    "/"
                )[2]
            office.post_all(iter(under_way))  # sent again, whether it had been saved or not
            under_way = kill_while_writing(
                installation, office, office.build_posts(cut, case), rng.randrange(10, 40)
            )
    assert_consistent(office, empty_database)
    checked = installation.run_siaga("check")
    assert checked.exit_code == 0, checked.output


def assert_consistent(office: OfficeClient, blank: URL) -> None:
    said = {
        "/case-notes/add": ("text", "SELECT text FROM case_note"),
        "/attachments/add": ("title", "SELECT title FROM attachment"),
        "/cases/add": ("name", "SELECT c.name FROM client c JOIN case_file f ON f.client_id = c.id"),
    }
    for path, (name, query) in said.items():
        kept = [text for (text,) in execute_sql(blank, query)]
        sent = {one.fields[name] for one in office.posts if one.path == path and one.location}
        assert len(sent) > CUTS
        assert sent <= set(kept)
        assert len(kept) == len(set(kept))
    for table, event in CREATION_EVENTS.items():
        records = execute_sql(blank, f"SELECT count(*) FROM {table}")
        told = f"SELECT count(DISTINCT e.id) FROM case_event e WHERE e.kind = '{event}'"
        booked = f"SELECT count(*) FROM audit_entry WHERE entity = '{table}' AND action = 'create'"
        assert execute_sql(blank, told) == execute_sql(blank, booked) == records
    assert execute_sql(blank, "SELECT count(*) FROM client") == execute_sql(
        blank, "SELECT count(*) FROM case_file"
    )
    keys = [key for (key,) in execute_sql(blank, "SELECT form_key FROM form_receipt")]
    assert {one.fields["form_key"] for one in office.posts if one.location} <= set(keys)
