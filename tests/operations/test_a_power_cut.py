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

from sqlalchemy import URL

from tests.operations.conftest import PASSWORD, Machine
from tests.operations.test_setting_up import ask
from tests.support.photos import plain_jpeg

CUTS = 10
SAVES = 200
"""What the writers set out to save each time; the power goes somewhere in the middle."""
WRITERS = 4
LONGEST = 60
"""Seconds until the test gives up waiting for enough saves."""
PHOTO = plain_jpeg()


@dataclass
class Save:
    """One form, to be sent until it is acknowledged."""

    path: str
    fields: dict[str, str]
    file: bool = False
    led_to: str | None = None

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
class Office:
    """A browser that stays logged in while the server comes and goes, and what is to be written."""

    address: str
    cookie: str = ""
    token: str = ""
    saves: list[Save] = field(default_factory=list)

    def log_in(self) -> None:
        page = self.ask("GET", "/login/")
        self.token = found(r'name="csrf_token"[^>]*value="([^"]+)"', page[1])
        typed = {"csrf_token": self.token, "username": "budi", "password": PASSWORD}
        self.ask("POST", "/login/", urlencode(typed).encode())
        self.token = found(r'name="csrf_token"[^>]*value="([^"]+)"', self.ask("GET", "/clients/add")[1])

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        kind: str = "application/x-www-form-urlencoded",
        line: http.client.HTTPConnection | None = None,
    ) -> tuple[str | None, str]:
        """The address to which it led, and the page; a cookie that came is kept."""
        if line is None:
            with closing(self.line()) as own:
                return self.ask(method, path, body, kind, own)
        line.request(method, path, body, {"Cookie": self.cookie, "Content-Type": kind})
        with line.getresponse() as answer:
            page = answer.read().decode()
        assert answer.status in (200, 302), (path, answer.status)
        for cookie in answer.headers.get_all("Set-Cookie", []):
            if cookie.startswith("siaga="):
                self.cookie = cookie.split(";")[0]
        return answer.headers["Location"], page

    def line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=30)

    def write(self, left: Iterator[Save]) -> None:
        """Send one form after the other until the line is dead."""
        with closing(self.line()) as line:
            for save in left:
                save.led_to = self.ask("POST", save.path, *save.body(self.token), line)[0]
                assert save.led_to, "a form was not taken"

    def plan(self, cut: int, case: str) -> list[Save]:
        """Notes, files and cases of new clients, each with the key of its form."""
        made = [
            (
                Save("/case-notes/add", {"case": case, "text": f"Catatan {cut}-{n}"}),
                Save("/attachments/add", {"case": case, "title": f"Foto {cut}-{n}"}, file=True),
                Save("/cases/add", {**TROUBLE, "name": f"Klien {cut}-{n}", "sex": "female"}),
                Save("/case-notes/add", {"case": case, "text": f"Catatan {cut}-{n} lagi"}),
            )[n % 4]
            for n in range(SAVES)
        ]
        for one in made:
            one.fields["form_key"] = secrets.token_urlsafe(32)
        self.saves += made
        return made


EVENTS = {"case_note": "note_added", "attachment": "attachment_added", "case_file": "case_opened"}
TROUBLE = {"channel": "family", "presenting_problem": "Utang", "urgency": "ordinary"}


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match is not None
    return match[1]


def cut_off(machine: Machine, office: Office, saves: list[Save], after: int) -> list[Save]:
    """Let everybody write until so many saves are acknowledged, then kill; gives what was under way."""
    left = iter(saves)  # a list's iterator may be asked by several threads
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(office.write, left) for _number in range(WRITERS)]
        until = time.monotonic() + LONGEST
        while sum(one.led_to is not None for one in saves) < after and time.monotonic() < until:
            time.sleep(0.005)
        machine.process.kill()
        machine.process.wait()
    for one in writing:  # each ends when the power is gone
        assert isinstance(one.exception(), OSError | http.client.HTTPException), one.exception()
    asked = len(saves) - len(list(left))
    assert after <= asked < SAVES
    return [one for one in saves[:asked] if one.led_to is None]


def test_every_acknowledged_save_survives_ten_cuts_and_none_is_half_there(
    machine: Machine, blank: URL, free_port: Callable[[], str]
) -> None:
    made = machine.siaga("create-admin", "--username", "budi", "--password", PASSWORD)
    assert made.exit_code == 0, made.output
    port, rng = free_port(), random.Random(7)
    office, case, under_way = Office(f"http://127.0.0.1:{port}"), "", list[Save]()
    for cut in range(CUTS):
        with machine.serving(SIAGA_PORT=port) as (_address, printed):
            assert printed.startswith("Siaga serves"), "the start had something to tell"
            if not case:
                office.log_in()
                opened = Save("/cases/add", {**TROUBLE, "name": "Aminah", "sex": "female"})
                case = str(office.ask("POST", opened.path, *opened.body(office.token))[0]).rpartition("/")[2]
            office.write(iter(under_way))  # sent again, whether it had been saved or not
            under_way = cut_off(machine, office, office.plan(cut, case), rng.randrange(10, 40))
    assert_whole(office, blank)
    checked = machine.siaga("check")
    assert checked.exit_code == 0, checked.output


def assert_whole(office: Office, blank: URL) -> None:
    said = {
        "/case-notes/add": ("text", "SELECT text FROM case_note"),
        "/attachments/add": ("title", "SELECT title FROM attachment"),
        "/cases/add": ("name", "SELECT c.name FROM client c JOIN case_file f ON f.client_id = c.id"),
    }
    for path, (name, query) in said.items():
        kept = [text for (text,) in ask(blank, query)]
        sent = {one.fields[name] for one in office.saves if one.path == path and one.led_to}
        assert len(sent) > CUTS
        assert sent <= set(kept)
        assert len(kept) == len(set(kept))
    for table, event in EVENTS.items():
        records = ask(blank, f"SELECT count(*) FROM {table}")
        told = f"SELECT count(DISTINCT e.id) FROM case_event e WHERE e.kind = '{event}'"
        booked = f"SELECT count(*) FROM audit_entry WHERE entity = '{table}' AND action = 'create'"
        assert ask(blank, told) == ask(blank, booked) == records
    assert ask(blank, "SELECT count(*) FROM client") == ask(blank, "SELECT count(*) FROM case_file")
    keys = [key for (key,) in ask(blank, "SELECT form_key FROM form_receipt")]
    assert {one.fields["form_key"] for one in office.saves if one.led_to} <= set(keys)
