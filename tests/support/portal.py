"""The application under test, once for each worker and database; and the people who use it."""

import os
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

from flask import Flask
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app import create_app
from app.cli.portal import prepare
from app.core.actor import ADMIN, PEKSOS, SUPERVISOR
from app.extensions import db, limiter
from app.security.models import PortalUser, Role
from config import Settings
from tests.support import now, postgres
from tests.support.client import PortalClient
from tests.support.databases import PostgresDatabase, SqliteDatabase

PASSWORD = "Kopi pahit di pelabuhan 7"
WORTH_KEEPING = timedelta(minutes=10)
"""A session sleeps after half an hour."""
_CHEAP_HASH = "pbkdf2:sha256:1"

CAST = {
    "admin": ("Admin", ADMIN),
    "rina": ("Rina Kusuma", PEKSOS),  # owns the case
    "dodi": ("Dodi Pratama", PEKSOS),  # is on her team
    "sari": ("Sari", PEKSOS),  # on nobody's team: sees nothing of limited and secret cases
    "kabid": ("Kepala Bidang", SUPERVISOR),  # reads
}


class Portal:
    """One application on one database of one worker."""

    def __init__(self, dialect: str, worker: str) -> None:
        self.database = SqliteDatabase(worker) if dialect == "sqlite" else PostgresDatabase(worker)
        self.uploads = postgres.shared_folder() / f"{worker}-{dialect}-uploads"
        self.uploads.mkdir(exist_ok=True)
        self.app = make_app(
            Settings(
                instance=self.uploads.parent,
                database=self.database.url,
                secret_key="only for tests, never elsewhere",
                upload_dir=self.uploads,
                testing=True,
            )
        )
        self.cookies: dict[str, tuple[datetime, str]] = {}
        """By username, when and what: the users are the same in every test, so a log-in is worth keeping."""
        self.database.prepare(self._initialise, self.close)

    def reset(self) -> None:
        self.leave()
        self.database.reset()
        if any(self.uploads.iterdir()):
            shutil.rmtree(self.uploads)
            self.uploads.mkdir()
        limiter.reset()

    def leave(self) -> None:
        """Hold nothing any more; connections to PostgreSQL stay, for new ones must learn about all tables."""
        if isinstance(self.database, SqliteDatabase):
            self.close()
        else:
            with self.app.app_context():
                db.session.remove()

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()

    def _initialise(self) -> None:
        with self.app.app_context():
            prepare(self.app)
            hire_cast()


_portals: dict[str, Portal] = {}


def of_dialect(dialect: str) -> Portal:
    """This worker's portal on that database."""
    if dialect not in _portals:
        _portals[dialect] = Portal(dialect, os.environ.get("PYTEST_XDIST_WORKER", "main"))
    return _portals[dialect]


def close_all() -> None:
    for portal in _portals.values():
        portal.close()


def make_app(settings: Settings) -> Flask:
    app = create_app(replace(settings, now=settings.now or now.NOW))
    app.config["FAB_PASSWORD_HASH_METHOD"] = _CHEAP_HASH
    app.test_client_class = PortalClient
    return app


def hire_cast() -> None:
    known = {user.username: user for user in db.session.scalars(select(PortalUser))}
    roles = {role.name: role for role in db.session.scalars(select(Role))}
    for username, (name, role) in CAST.items():
        user = known.get(username) or PortalUser(
            username=username, email=f"{username}@lk3.example", last_name="", active=True
        )
        user.first_name = name
        user.password = generate_password_hash(PASSWORD, _CHEAP_HASH)
        user.must_change_password = False
        user.created_on = user.changed_on = now.machine_now().replace(tzinfo=None)
        if role not in roles:
            roles[role] = Role(name=role)
        user.roles = [roles[role]]
        db.session.add(user)
    db.session.commit()
    db.session.remove()


def person(username: str) -> PortalUser:
    """One of the standing cast."""
    return db.session.scalars(select(PortalUser).filter_by(username=username)).one()


def people() -> SimpleNamespace:
    return SimpleNamespace(**{username: person(username) for username in CAST})


def logged_in(portal: Portal, username: str) -> PortalClient:
    """A client that has logged in the way a browser does, now or a while ago."""
    client = _client(portal.app)
    kept = portal.cookies.get(username)
    if kept and timedelta(0) <= now.machine_now() - kept[0] <= WORTH_KEEPING:
        client.set_cookie("siaga", kept[1])
        return client
    _log_in(client, username)
    session = client.get_cookie("siaga")
    assert session is not None
    portal.cookies[username] = (now.machine_now(), session.value)
    return client


def logged_in_to(app: Flask, username: str) -> PortalClient:
    """A client of an application of its own."""
    client = _client(app)
    _log_in(client, username)
    return client


def _client(app: Flask) -> PortalClient:
    client = app.test_client()
    assert isinstance(client, PortalClient)
    return client


def _log_in(client: PortalClient, username: str) -> None:
    answer = client.post("/login/", data={"username": username, "password": PASSWORD})
    assert answer.status_code == 302, f"{username} could not log in: {answer.status}"
