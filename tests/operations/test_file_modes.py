"""All files of the portal are readable by their owner only, even in existing folders."""

import os
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.operations.conftest import PASSWORD, Installation

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="other systems keep no such modes"),
]


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """The default umask of a shell."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def prepared_installation(tmp_path: Path) -> Installation:
    """An installation whose folders were created by hand, with mode 755."""
    return prepare_installation(tmp_path / "office")


def prepare_installation(folder: Path) -> Installation:
    (folder / "instance" / "uploads").mkdir(parents=True)
    assert (folder / "instance").stat().st_mode & 0o777 == 0o755
    return Installation(folder)


def assert_owner_only(folder: Path, *names: str) -> None:
    """Assert that these files exist and that no file in the folder is accessible to others."""
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert set(names) <= {path.name for path in written}
    assert [path.name for path in written if path.stat().st_mode & 0o077] == []


def test_files_of_a_served_portal_are_private(
    prepared_installation: Installation, free_port: Callable[[], str]
) -> None:
    with prepared_installation.serve(SIAGA_PORT=free_port()) as (url, _printed):
        with urllib.request.urlopen(f"{url}/login/", timeout=30) as response:
            assert response.status == 200
        assert_owner_only(
            prepared_installation.folder,
            "siaga.sqlite",
            "siaga.sqlite-wal",
            "siaga.sqlite-shm",
            "secret_key",
            "book_key",
        )
        assert [path.name[:6] for path in (prepared_installation.folder / "instance").glob("heads-*")] == [
            "heads-"
        ]


def test_files_of_demo_backup_and_restore_are_private(
    prepared_installation: Installation, tmp_path: Path
) -> None:
    prepared_installation.run_siaga_process("demo", SIAGA_DEMO_PASSWORD=PASSWORD)
    prepared_installation.run_siaga_process(
        "--demo", "backup", str(prepared_installation.folder / "night.zip")
    )
    assert_owner_only(
        prepared_installation.folder, "demo.sqlite", "demo-logins.txt", "secret_key", "night.zip"
    )
    other = prepare_installation(tmp_path / "other")
    assert "are back" in other.run_siaga_process("restore", str(prepared_installation.folder / "night.zip"))
    assert_owner_only(other.folder, "siaga.sqlite", "secret_key")


def test_files_of_a_portal_prepared_by_another_server_are_private(
    prepared_installation: Installation,
) -> None:
    prepared_installation.run_python(
        "from app import create_app; from app.cli.portal import prepare_database;"
        " prepare_database(create_app())"
    )
    assert_owner_only(prepared_installation.folder, "siaga.sqlite", "secret_key")


def test_uploads_are_private(prepared_installation: Installation) -> None:
    prepared_installation.run_python(
        "import io; from app import create_app; from app.core.files import save_upload;"
        "from werkzeug.datastructures import FileStorage\n"
        "with create_app().app_context(): save_upload(FileStorage(io.BytesIO(b'%PDF-1.7 x'), 'a.pdf'))"
    )
    (folder,) = (prepared_installation.folder / "instance" / "uploads").iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    (stored,) = folder.iterdir()
    assert stored.stat().st_mode & 0o077 == 0
