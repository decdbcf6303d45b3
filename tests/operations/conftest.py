"""An installation of the portal: its settings, its `siaga` commands, its server process."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import URL, make_url

from app.cli import main
from config import ROOT
from tests.support import databases, ports, postgres
from tests.support.fixed_clock import CLOCK_SETTINGS

TIMEOUT_SECONDS = 300
"""Time limit of a subprocess, long enough for a machine that is busy with other tests."""
TEMPLATE_DATABASE = "initialised"
PASSWORD = "Ombak tenang di Bontang 8"


class Installation:
    """An instance folder of its own, and an empty database."""

    process: "subprocess.Popen[str]"
    """Process that `serve` started."""

    def __init__(self, folder: Path, database: URL | None = None) -> None:
        self.folder = folder
        self.settings = {"SIAGA_INSTANCE_DIR": str(folder / "instance")}
        if database is not None:
            self.settings["SIAGA_DATABASE_URL"] = database.render_as_string(hide_password=False)

    @property
    def database(self) -> URL:
        """URL of the database: the configured one, or the portal's default."""
        default = f"sqlite:///{self.folder / 'instance' / 'siaga.sqlite'}"
        return make_url(self.settings.get("SIAGA_DATABASE_URL", default))

    def initialise(self) -> None:
        """Bring the installation to the state after `siaga init`, by a copy made once per test run."""
        dialect = self.database.get_backend_name()
        folder = postgres.shared_folder() / f"initialised-{dialect}"
        with postgres.lock(folder.name):
            done = folder / "done"
            if not done.exists():
                folder.mkdir()
                databases.create_empty_database(dialect, folder, TEMPLATE_DATABASE)
            template = Installation(folder, databases.database_url(dialect, folder, TEMPLATE_DATABASE))
            if not done.exists():
                result = template.run_siaga("init")
                assert result.exit_code == 0, result.output
                done.touch()
        shutil.copytree(folder / "instance", self.folder / "instance", dirs_exist_ok=True)
        databases.copy_database(template.database, self.database)

    def run_siaga(self, *arguments: str, **settings: str) -> Result:
        """Run a `siaga` command in this process."""
        return CliRunner().invoke(main, arguments, env=self.settings | settings)

    def run_siaga_process(self, *arguments: str, **settings: str) -> str:
        """Run a `siaga` command in a subprocess; return its output."""
        return self.run_python("from app.cli import main; main()", *arguments, **settings)

    def run_python(self, program: str, *arguments: str, **settings: str) -> str:
        """Run Python code in a subprocess; return its output."""
        done = self._run_process([sys.executable, "-c", program, *arguments], settings, ROOT)
        return done.stdout + done.stderr

    def run_portal(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run run.py in a subprocess until it exits."""
        return self._run_process(self._command(arguments), settings, self.folder)

    def _run_process(
        self, command: list[str], settings: Mapping[str, str], folder: Path
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            env=self._environment(settings),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    @contextmanager
    def serve(self, *arguments: str, **settings: str) -> Iterator[tuple[str, str]]:
        """Run run.py until the block ends; yield its URL and its output so far."""
        with subprocess.Popen(
            self._command(arguments),
            env=self._environment(settings),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            self.process = process
            printed = ""
            try:
                for line in process.stdout:
                    printed += line
                    if found := re.search(r"Siaga serves (\S+)", line):
                        yield found[1], printed
                        return
                raise AssertionError(f"run.py ended: {printed}")
            finally:
                process.terminate()

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, str(ROOT / "run.py"), *arguments]

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("SIAGA_")}
        return kept | CLOCK_SETTINGS | {"PYTHONUNBUFFERED": "1"} | self.settings | settings


@pytest.fixture
def installation(tmp_path: Path, empty_database: URL) -> Installation:
    """An installation with an empty database, on SQLite and on PostgreSQL."""
    return Installation(tmp_path, empty_database)


@pytest.fixture
def default_installation(tmp_path: Path) -> Installation:
    """An installation with default settings: an SQLite file in the instance folder."""
    return Installation(tmp_path)


@pytest.fixture
def free_port() -> Iterator[Callable[[], str]]:
    """Function that returns a port reserved until the end of the test, even while nothing listens on it."""
    with ExitStack() as stack:
        yield lambda: str(stack.enter_context(ports.reserve_port()))
