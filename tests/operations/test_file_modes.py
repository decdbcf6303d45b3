"""Whatever the portal writes is its owner's alone, also in a folder that was there before."""

import os
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.operations.conftest import PASSWORD, Machine

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems keep no such modes")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """What a shell hands to the processes that it starts."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def office(tmp_path: Path) -> Machine:
    """A machine whose folders somebody made by hand."""
    return a_machine(tmp_path / "office")


def a_machine(folder: Path) -> Machine:
    (folder / "instance" / "uploads").mkdir(parents=True)
    assert (folder / "instance").stat().st_mode & 0o777 == 0o755
    return Machine(folder)


def assert_own(folder: Path, *names: str) -> None:
    """These were written, and nobody else may read them or anything beside them."""
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert set(names) <= {path.name for path in written}
    assert [path.name for path in written if path.stat().st_mode & 0o077] == []


def test_of_a_served_portal(office: Machine, free_port: Callable[[], str]) -> None:
    with office.serving(SIAGA_PORT=free_port()) as (address, _printed):
        with urllib.request.urlopen(f"{address}/login/", timeout=30) as answer:
            assert answer.status == 200
        assert_own(
            office.folder, "siaga.sqlite", "siaga.sqlite-wal", "siaga.sqlite-shm", "secret_key", "book_key"
        )
        assert [path.name[:6] for path in (office.folder / "instance").glob("heads-*")] == ["heads-"]


def test_of_the_demo_its_backup_and_what_is_restored(office: Machine, tmp_path: Path) -> None:
    office.siaga_apart("demo", SIAGA_DEMO_PASSWORD=PASSWORD)
    office.siaga_apart("--demo", "backup", str(office.folder / "night.zip"))
    assert_own(office.folder, "demo.sqlite", "demo-logins.txt", "secret_key", "night.zip")
    other = a_machine(tmp_path / "other")
    assert "are back" in other.siaga_apart("restore", str(office.folder / "night.zip"))
    assert_own(other.folder, "siaga.sqlite", "secret_key")


def test_of_a_portal_that_another_server_builds(office: Machine) -> None:
    office.python("from app import create_app; from app.cli.portal import prepare; prepare(create_app())")
    assert_own(office.folder, "siaga.sqlite", "secret_key")


def test_of_uploads(office: Machine) -> None:
    office.python(
        "import io; from app import create_app; from app.core.files import save_upload;"
        "from werkzeug.datastructures import FileStorage\n"
        "with create_app().app_context(): save_upload(FileStorage(io.BytesIO(b'%PDF-1.7 x'), 'a.pdf'))"
    )
    (folder,) = (office.folder / "instance" / "uploads").iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    (kept,) = folder.iterdir()
    assert kept.stat().st_mode & 0o077 == 0
