"""The application under test, one instance per worker and database, and its standard users."""

import contextvars
import os
import secrets
import shutil
from dataclasses import replace
from types import SimpleNamespace

from flask import Flask
from flask.globals import _cv_app
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app import create_app
from app.cli.portal import prepare_database
from app.core.actor import ADMIN, PEKSOS, SUPERVISOR, SYSTEM
from app.core.tokens import hash_token
from app.db.transaction import transaction
from app.extensions import db, limiter
from app.security.models import PortalUser, Role
from app.security.services.sessions import create_session
from config import Settings
from tests.support import fixed_clock, postgres
from tests.support.client import PortalClient, end_transaction
from tests.support.databases import PostgresDatabase, SqliteDatabase

PASSWORD = "Kopi pahit di pelabuhan 7"
_CHEAP_HASH = "pbkdf2:sha256:1"

CAST = {
    "admin": ("Admin", ADMIN),
    "rina": ("Rina Kusuma", PEKSOS),  # owner of cases by default
    "dodi": ("Dodi Pratama", PEKSOS),  # team member, where a test needs one
    "sari": ("Sari", PEKSOS),  # in no team: sees no limited and no secret case
    "kabid": ("Kepala Bidang", SUPERVISOR),  # read-only
}


class PortalInstance:
    """The application on one database of one worker."""

    def __init__(self, dialect: str, worker: str) -> None:
        self.database = SqliteDatabase(worker) if dialect == "sqlite" else PostgresDatabase(worker)
        self.uploads = postgres.shared_folder() / f"{worker}-{dialect}-uploads"
        self.uploads.mkdir(exist_ok=True)
        self.app = make_app(
            Settings(
                instance=self.uploads.parent,
                database=self.database.url,
                secret_key="only for tests, never elsewhere",
                book_key="only for tests, never elsewhere",
                upload_dir=self.uploads,
                testing=True,
            )
        )
        self.database.prepare(self._initialise_database, self.close)

    def reset(self) -> None:
        self.release()
        self.database.reset()
        if any(self.uploads.iterdir()):
            shutil.rmtree(self.uploads)
            self.uploads.mkdir()
        limiter.reset()

    def release(self) -> None:
        """Reset the access log and end the DB session; on SQLite close all connections.

        PostgreSQL connections stay open, as a new one must load the catalogue first.
        """
        self.app.extensions["access_log"].reset()
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

    def _initialise_database(self) -> None:
        with self.app.app_context():
            prepare_database(self.app)
            create_cast()


_instances: dict[str, PortalInstance] = {}


def get_portal_instance(dialect: str) -> PortalInstance:
    """Return this worker's instance on that database; create it if it is missing."""
    if dialect not in _instances:
        _instances[dialect] = PortalInstance(dialect, os.environ.get("PYTEST_XDIST_WORKER", "main"))
    return _instances[dialect]


def close_portal_instances() -> None:
    for portal in _instances.values():
        portal.close()


def make_app(settings: Settings) -> Flask:
    app = create_app(replace(settings, now=settings.now or fixed_clock.NOW))
    app.config["FAB_PASSWORD_HASH_METHOD"] = _CHEAP_HASH
    app.test_client_class = PortalClient
    return app


def create_cast() -> None:
    known = {user.username: user for user in db.session.scalars(select(PortalUser))}
    roles = {role.name: role for role in db.session.scalars(select(Role))}
    for username, (name, role) in CAST.items():
        user = known.get(username) or PortalUser(
            username=username, email=f"{username}@lk3.example", last_name="", active=True
        )
        user.first_name = name
        user.password = generate_password_hash(PASSWORD, _CHEAP_HASH)
        user.must_change_password = False
        user.created_on = user.changed_on = fixed_clock.machine_now().replace(tzinfo=None)
        if role not in roles:
            roles[role] = Role(name=role)
        user.roles = [roles[role]]
        db.session.add(user)
    db.session.commit()
    db.session.remove()


def get_user(username: str) -> PortalUser:
    """Return one of the users of `CAST`."""
    return db.session.scalars(select(PortalUser).filter_by(username=username)).one()


def get_cast() -> SimpleNamespace:
    return SimpleNamespace(**{username: get_user(username) for username in CAST})


def log_in_client(portal: PortalInstance, username: str) -> PortalClient:
    """Return a client with a new session, created without the log-in page: hashing a password takes long."""
    client, token, device = _create_client(portal.app), secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    end_transaction()
    context = contextvars.copy_context()
    context.run(_cv_app.set, None)  # type: ignore[arg-type]  # a context of its own, as each request has
    context.run(_begin_session, portal.app, username, token, device)
    client.set_cookie(portal.app.config["DEVICE_COOKIE_NAME"], device)
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = token, True
    return client


def _begin_session(app: Flask, username: str, token: str, device: str) -> None:
    with app.app_context(), transaction(by=SYSTEM):
        columns = {
            "token_hash": hash_token(token),
            "device": "Chrome, Android",
            "device_hash": hash_token(device),
        }
        create_session(get_user(username), **columns)


def log_in_client_to(app: Flask, username: str) -> PortalClient:
    """Return a client of another application, logged in by its log-in page."""
    client = _create_client(app)
    _post_log_in(client, username)
    return client


def _create_client(app: Flask) -> PortalClient:
    client = app.test_client()
    assert isinstance(client, PortalClient)
    return client


def _post_log_in(client: PortalClient, username: str) -> None:
    response = client.post("/login/", data={"username": username, "password": PASSWORD})
    assert response.status_code == 302, f"{username} could not log in: {response.status}"
