"""`kill -9` in the middle of saves: what was acknowledged is there, and nothing is half there."""

import http.client
import http.cookiejar
import itertools
import re
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from sqlalchemy import URL

from tests.operations.conftest import PASSWORD, Machine
from tests.operations.test_setting_up import ask

WRITERS = 6
LONGEST = 60
"""Seconds until the test gives up waiting for enough saves."""
ENOUGH = 25
"""Acknowledged saves before the power goes."""


class Browser:
    """Cookies, and the token of each form."""

    def __init__(self, address: str) -> None:
        self.address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)
        self.post("/login/", "/login/", username="budi", password=PASSWORD)

    def post(self, form: str, path: str, **typed: str) -> str:
        """Open the form, send it, and give the address to which it led."""
        with self.opener.open(f"{self.address}{form}", timeout=30) as page:
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
        assert found is not None
        data = urlencode({"csrf_token": found[1], **typed}).encode()
        with self.opener.open(f"{self.address}{path}", data, timeout=30) as answer:
            return str(answer.geturl())


def test_every_acknowledged_note_survives_and_none_is_half_there(
    machine: Machine, blank: URL, free_port: Callable[[], str]
) -> None:
    assert machine.siaga("init").exit_code == 0
    made = machine.siaga("create-admin", "--username", "budi", "--password", PASSWORD)
    assert made.exit_code == 0, made.output
    acknowledged: list[str] = []
    with machine.serving(SIAGA_PORT=free_port()) as (address, _printed):
        first = Browser(address)
        trouble = {"channel": "family", "presenting_problem": "Utang", "urgency": "ordinary"}
        opened = first.post("/cases/add", "/cases/add", name="Aminah", sex="female", **trouble)
        case_id = opened.rpartition("/")[2]
        assert case_id.isdigit(), opened

        def write(number: int) -> None:
            browser = Browser(address)
            for count in itertools.count():
                text = f"Catatan {number}-{count}"
                led_to = browser.post("/case-notes/add", "/case-notes/add", case=case_id, text=text)
                assert "/case-notes/show/" in led_to
                acknowledged.append(text)

        with ThreadPoolExecutor(WRITERS) as pool:
            writing = [pool.submit(write, number) for number in range(WRITERS)]
            until = time.monotonic() + LONGEST
            while len(acknowledged) < ENOUGH and time.monotonic() < until:
                time.sleep(0.01)
            machine.process.kill()
            machine.process.wait()
        for one in writing:  # each ends when the power is gone
            assert isinstance(one.exception(), OSError | http.client.HTTPException)
    assert len(acknowledged) >= ENOUGH
    noted = [text for (text,) in ask(blank, "SELECT text FROM case_note")]
    assert set(acknowledged) <= set(noted)
    assert len(noted) == len(set(noted))
    half = (
        "SELECT count(*) FROM case_note n WHERE (SELECT count(*) FROM case_event e"
        " WHERE e.source = 'case_note' AND e.source_id = n.id) <> 1"
    )
    assert ask(blank, half) == [(0,)]
    told = "SELECT count(*) FROM case_event WHERE kind = 'note_added'"
    assert ask(blank, told) == [(len(noted),)]
    checked = machine.siaga("check")
    assert checked.exit_code == 0, checked.output
