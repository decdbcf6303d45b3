"""`run.py` as a process: the served pages, and one-line errors when it cannot start."""

import http.client
import re
import socket
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing
from urllib.parse import urlencode, urlsplit

import pytest

from tests.operations.conftest import PASSWORD, Installation

pytestmark = pytest.mark.slow

PortFactory = Callable[[], str]


def fetch(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.status, response.read().decode()


def test_first_start_serves_the_log_in_and_prints_the_password(
    installation: Installation, free_port: PortFactory
) -> None:
    port = free_port()
    with installation.serve(SIAGA_PORT=port) as (url, printed):
        assert url == f"http://127.0.0.1:{port}"
        assert re.search(r"user name admin\s+password \S{12}", printed)
        assert fetch(f"{url}/healthz") == (200, "ok\n")
        status, page = fetch(f"{url}/login/")
        assert status == 200
        assert "csrf_token" in page


def test_server_starts_again_on_an_existing_database(
    default_installation: Installation, free_port: PortFactory
) -> None:
    default_installation.initialise()
    with default_installation.serve(SIAGA_PORT=free_port()) as (url, printed):
        assert "password" not in printed
        assert fetch(f"{url}/healthz")[0] == 200


def test_server_stops_cleanly_on_sigterm(default_installation: Installation, free_port: PortFactory) -> None:
    with default_installation.serve(SIAGA_PORT=free_port()) as (url, _printed):
        assert fetch(f"{url}/healthz")[0] == 200
    assert default_installation.process.returncode == 0, "queued writes would be lost"


def assert_one_sentence(done: object, *words: str) -> None:
    """Assert exit code 2, one line on standard error and at most the database on standard output."""
    code, out, err = done.returncode, done.stdout, done.stderr  # type: ignore[attr-defined]
    assert code == 2, err
    assert [line for line in out.splitlines() if not line.startswith("Database: ")] == []
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("siaga: ")
    for word in words:
        assert word in err


def test_port_in_use_is_reported(default_installation: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert_one_sentence(default_installation.run_portal(SIAGA_PORT=port), port, "in use", "SIAGA_PORT")


def test_foreign_bind_address_is_reported(default_installation: Installation) -> None:
    assert_one_sentence(
        default_installation.run_portal(SIAGA_HOST="203.0.113.7"), "203.0.113.7", "SIAGA_HOST"
    )


def test_unwritable_folder_is_reported(default_installation: Installation) -> None:
    assert_one_sentence(
        default_installation.run_portal(SIAGA_UPLOAD_DIR="/proc/uploads"), "/proc/uploads", "SIAGA_UPLOAD_DIR"
    )


def test_unreadable_database_file_is_reported(
    default_installation: Installation, free_port: PortFactory
) -> None:
    done = default_installation.run_portal(
        SIAGA_DATABASE_URL="sqlite:////proc/nowhere/siaga.sqlite", SIAGA_PORT=free_port()
    )
    assert_one_sentence(done, "SIAGA_DATABASE_URL")


def test_file_that_is_no_database_is_reported(
    default_installation: Installation, free_port: PortFactory
) -> None:
    letter = default_installation.folder / "letter.txt"
    letter.write_text("Yang terhormat, " * 100)
    done = default_installation.run_portal(SIAGA_DATABASE_URL=f"sqlite:///{letter}", SIAGA_PORT=free_port())
    assert_one_sentence(done, "not a database")


def test_unreachable_database_server_is_reported_without_its_password(
    default_installation: Installation, free_port: PortFactory
) -> None:
    url = f"postgresql://siaga:rahasia@127.0.0.1:{free_port()}/siaga"
    done = default_installation.run_portal(SIAGA_DATABASE_URL=url, SIAGA_PORT=free_port())
    assert_one_sentence(done, "SIAGA_DATABASE_URL")
    assert "rahasia" not in done.stderr + done.stdout


def test_database_of_a_newer_release_is_reported(
    default_installation: Installation, free_port: PortFactory
) -> None:
    default_installation.initialise()
    with closing(sqlite3.connect(default_installation.folder / "instance" / "siaga.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
        connection.commit()
    assert_one_sentence(default_installation.run_portal(SIAGA_PORT=free_port()), "newer release")


def test_too_old_sqlite_is_reported(default_installation: Installation, free_port: PortFactory) -> None:
    (default_installation.folder / "sitecustomize.py").write_text(
        "import sqlite3\nsqlite3.sqlite_version, sqlite3.sqlite_version_info = '3.31.1', (3, 31, 1)\n"
    )
    assert_one_sentence(
        default_installation.run_portal(SIAGA_PORT=free_port(), PYTHONPATH=str(default_installation.folder)),
        "3.31.1",
        "too old",
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [("SIAGA_PORT", "eighty"), ("SIAGA_NOW", "2026-11-24T12:00:00+08:00")],
)
def test_invalid_setting_is_reported(
    default_installation: Installation, free_port: PortFactory, name: str, text: str
) -> None:
    assert_one_sentence(
        default_installation.run_portal(**{"SIAGA_TESTING": "", "SIAGA_PORT": free_port(), name: text}), name
    )


def test_weak_demo_password_is_reported(default_installation: Installation, free_port: PortFactory) -> None:
    done = default_installation.run_portal(
        "--demo", SIAGA_PORT=free_port(), SIAGA_DEMO_PASSWORD="dodi dodi dodi 7"
    )
    assert_one_sentence(done, "SIAGA_DEMO_PASSWORD")


def test_demo_accounts_are_printed_and_valid_at_every_start(
    default_installation: Installation, free_port: PortFactory
) -> None:
    with default_installation.serve("--demo", SIAGA_PORT=free_port(), SIAGA_DEMO_PASSWORD=PASSWORD) as (
        url,
        first,
    ):
        for username in ("admin", "rina", "dodi", "sari", "kabid"):
            assert re.search(rf"^{username}\s+{PASSWORD}\s", first, re.MULTILINE)
        assert can_log_in(url, "sari", PASSWORD)
    logins_file = default_installation.folder / "instance" / "demo-logins.txt"
    assert logins_file.stat().st_mode & 0o777 == 0o600
    assert logins_file.read_text() in first

    with default_installation.serve("--demo", SIAGA_PORT=free_port()) as (url, second):
        assert logins_file.read_text() in second
        assert can_log_in(url, "kabid", PASSWORD)
    assert default_installation.run_siaga("demo").exit_code == 2


def can_log_in(url: str, username: str, password: str) -> bool:
    """Return whether the log-in succeeds."""
    cookies = urllib.request.HTTPCookieProcessor()
    browser = urllib.request.build_opener(cookies)
    page = browser.open(f"{url}/login/", timeout=30).read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    typed = {"csrf_token": token[1], "username": username, "password": password}
    with browser.open(f"{url}/login/", urlencode(typed).encode(), timeout=30) as response:
        return urlsplit(response.url).path == "/"


def test_forwarded_protocol_is_trusted_from_the_configured_proxy_only(
    default_installation: Installation, free_port: PortFactory
) -> None:
    settings = {"SIAGA_PUBLIC_URL": "https://siaga.example.go.id", "SIAGA_PORT": free_port()}
    with default_installation.serve(**settings) as (url, _printed):
        assert url == "https://siaga.example.go.id"
        local_url = f"http://127.0.0.1:{settings['SIAGA_PORT']}"
        assert get_log_in_status(local_url, forwarded="https") == 200
        assert get_log_in_status(local_url, forwarded="http") == 302
    with default_installation.serve(**settings, SIAGA_PROXY="10.0.0.1"):
        assert get_log_in_status(local_url, forwarded="https") == 302


def get_log_in_status(url: str, *, forwarded: str) -> int:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    with closing(connection):
        headers = {"Host": "siaga.example.go.id", "X-Forwarded-Proto": forwarded}
        connection.request("GET", "/login/", headers=headers)
        return connection.getresponse().status


def test_many_incomplete_requests_do_not_block_others(
    default_installation: Installation, free_port: PortFactory
) -> None:
    port = free_port()
    with default_installation.serve(SIAGA_PORT=port) as (url, _printed), ExitStack() as stack:
        for _n in range(120):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", int(port)), timeout=30))
            connection.sendall(b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nuser")
        assert fetch(f"{url}/healthz") == (200, "ok\n")
        assert fetch(f"{url}/login/")[0] == 200


def test_server_limits_the_size_of_request_headers(
    default_installation: Installation, free_port: PortFactory
) -> None:
    port = free_port()
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
    with default_installation.serve(SIAGA_PORT=port), closing(connection):
        connection.request("GET", "/login/", headers={"X-Long": "x" * 40_000})
        assert connection.getresponse().status == 431
