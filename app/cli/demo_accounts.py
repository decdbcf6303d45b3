"""Create the demo accounts with one shared password and write demo-logins.txt."""

import os
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app import demo
from app.clients.queries import has_clients
from app.core.actor import SYSTEM
from app.core.errors import PortalError, StartupError
from app.db.transaction import transaction
from app.extensions import db
from app.operations.lock import setup_lock
from app.security.models import PortalUser
from app.security.rules import passwords
from app.security.services import lockout
from config import Settings


def prepare_demo_accounts(app: Flask) -> list[str]:
    """Fill an empty demo database, reset its accounts to the shown password and return the log-in lines.

    Raises `StartupError` if the database belongs to an office.
    """
    settings: Settings = app.extensions["siaga_settings"]
    password = (
        settings.demo_password
        or _read_saved_password(settings.demo_logins)
        or passwords.generate_temporary_password()
    )
    with setup_lock(db.engine, settings.instance):
        _require_demo_database()
        if not has_clients():
            _build_demo(settings, password)
        lines = _reset_demo_accounts(password)
    _write_logins(settings.demo_logins, lines)
    return [f"Log in to the demo (these lines are kept in {settings.demo_logins}):", *lines]


def _require_demo_database() -> None:
    """Raise `StartupError` if users or clients are not the demo's.

    Demo data must not get into a real office's database, nor its accounts get a password that is printed.
    """
    usernames = set(db.session.scalars(select(PortalUser.username)))
    is_demo = usernames <= set(demo.ACCOUNTS) and (not has_clients() or usernames == set(demo.ACCOUNTS))
    full_names = {user.username: user.full_name for user in db.session.scalars(select(PortalUser))}
    foreign_usernames = {
        name
        for name in full_names
        if name != "admin" and full_names[name] != demo.ACCOUNTS.get(name, ("",))[0]
    }
    if foreign_usernames or not is_demo:
        raise StartupError(
            "This database belongs to an office: it has users or clients that are not the demo's. "
            "Start without --demo, or name another database in SIAGA_DATABASE_URL."
        )


def _build_demo(settings: Settings, password: str) -> None:
    """Build the demo data; after a failure delete the demo's own SQLite file.

    Otherwise the next start would serve incomplete data.
    """
    try:
        demo.build(password)
    except BaseException:
        db.session.remove()
        db.engine.dispose()
        if settings.database.database == str(settings.instance / "demo.sqlite"):
            for suffix in ("", "-wal", "-shm"):
                Path(settings.database.database + suffix).unlink(missing_ok=True)
        raise


def check_demo_password(password: str | None) -> None:
    """Raise `StartupError` if SIAGA_DEMO_PASSWORD violates the rules for passwords."""
    if password is None:
        return
    for username in demo.ACCOUNTS:
        try:
            passwords.validate_password(password, username)
        except PortalError as error:
            raise StartupError(f"SIAGA_DEMO_PASSWORD cannot be used: {error}") from error


def _reset_demo_accounts(password: str) -> list[str]:
    """Reset password, lockout and state of all demo accounts and return the log-in lines.

    Users of the demo may have changed them; the printed lines must always work.
    """
    lines = []
    with transaction(by=SYSTEM):
        for username in demo.ACCOUNTS:
            user = db.session.scalars(select(PortalUser).filter_by(username=username)).one()
            if not passwords.is_correct_password(user.password, password):
                user.password = passwords.hash_password(password)
            user.must_change_password, user.active, user.temporary_until = False, True, None
            lockout.reset_failures(user)
            lines.append(f"{username}\t{password}\t{user.full_name} ({', '.join(sorted(user.role_names))})")
    return lines


def _write_logins(file: Path, lines: list[str]) -> None:
    file.unlink(missing_ok=True)  # create it anew with mode 0600, whatever the mode of an existing file
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as stream:
        stream.write("\n".join(lines) + "\n")


def _read_saved_password(file: Path) -> str | None:
    """Return the password of the last start, the second field of the first line, or None."""
    if not file.exists():
        return None
    words = file.read_text(encoding="utf-8").partition("\n")[0].split("\t")
    return words[1] if len(words) > 1 else None
