"""Loads the database and uploads of a release 0.1 office from `tests/operations/fixtures/release_0_1`."""

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from sqlalchemy import URL

REVISION = "0008"
FOLDER = Path(__file__).parents[1] / "operations" / "fixtures" / "release_0_1"


def load(database: URL, uploads: Path) -> None:
    kind = database.get_backend_name()
    script = "\n".join(
        (FOLDER / name).read_text(encoding="utf-8")
        for name in (f"{kind}_tables.sql", "rows.sql", f"{kind}_rest.sql")
    )
    if kind == "sqlite":
        with closing(sqlite3.connect(str(database.database))) as connection:
            connection.executescript(script)
    else:
        address = database.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address) as server:
            server.execute(script.encode())
    for file in (FOLDER / "uploads").iterdir():
        _put_upload(file, uploads)


def _put_upload(file: Path, uploads: Path) -> None:
    is_encoded = file.suffix == ".base64"
    key = file.stem if is_encoded else file.name
    target = uploads / key[:2] / key
    target.parent.mkdir(parents=True, exist_ok=True)
    content = file.read_bytes()
    target.write_bytes(base64.b64decode(content) if is_encoded else content)
