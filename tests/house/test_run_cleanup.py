"""Files of killed test runs are removed by the next run, those of live runs are kept."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT
from tests.support import ports, postgres

HOLD_LOCK_PROGRAM = """
import sys, fasteners
alive = fasteners.InterProcessLock(sys.argv[1])
alive.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, "subprocess.Popen[str]"]]:
    """Folder of another test run, and the process that holds its lock."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / f"{postgres.PREFIX}other"
    (folder / "quick").mkdir(parents=True)
    (folder / "quick" / "main.sqlite").write_bytes(b"rows")
    command = [sys.executable, "-c", HOLD_LOCK_PROGRAM, str(folder / "alive")]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield folder, process
        process.kill()


def test_folder_of_a_running_run_is_kept(other_run: tuple[Path, "subprocess.Popen[str]"]) -> None:
    postgres.remove_leftovers()
    assert (other_run[0] / "quick" / "main.sqlite").exists()


def test_folder_of_a_killed_run_is_removed(other_run: tuple[Path, "subprocess.Popen[str]"]) -> None:
    folder, process = other_run
    process.kill()
    process.wait()
    postgres.remove_leftovers()
    assert not folder.exists()


def test_reserved_port_is_taken_until_it_is_released() -> None:
    with ports.reserve_port() as port:
        command = [sys.executable, "-c", RESERVE_PORT_PROGRAM, str(port)]
        assert (
            subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "taken\n"
        )
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "free\n"


RESERVE_PORT_PROGRAM = """
import sys
from tests.support import ports
ports.CANDIDATES = [int(sys.argv[1])]
try:
    with ports.reserve_port():
        print("free")
except OSError:
    print("taken")
"""
