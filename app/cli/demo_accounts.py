"""The demo's doors: its accounts, their one password, and the file that keeps the log-in lines."""

import os
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app import demo
from app.clients.models.client import Client
from app.core.actor import SYSTEM
from app.core.errors import PortalError, StartupError
from app.db.transaction import transaction
from app.extensions import db
from app.operations.lock import setup_lock
from app.security.models import PortalUser
from app.security.rules import passwords
from app.security.services import lockout
from config import Settings


def has_clients() -> bool:
    """Tell whether the database is in use: a demo is never poured into it."""
    return db.session.scalar(select(Client.id).limit(1)) is not None


def prepare_demo_accounts(app: Flask) -> list[str]:
    """Fill an empty demo, let its accounts in by the password that is shown, and give the log-in lines."""
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
    """Never pour a demo into a real office, nor open its accounts by a password that is printed."""
    names = set(db.session.scalars(select(PortalUser.username)))
    demo_alone = names <= set(demo.ACCOUNTS) and (not has_clients() or names == set(demo.ACCOUNTS))
    told = {user.username: user.full_name for user in db.session.scalars(select(PortalUser))}
    others = {name for name in told if name != "admin" and told[name] != demo.ACCOUNTS.get(name, ("",))[0]}
    if others or not demo_alone:
        raise StartupError(
            "This database belongs to an office: it has users or clients that are not the demo's. "
            "Start without --demo, or name another database in SIAGA_DATABASE_URL."
        )


def _build_demo(settings: Settings, password: str) -> None:
    """Tell the demo whole; half of one in its own file is thrown away, or the next start would serve it."""
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
    """Hold the password of SIAGA_DEMO_PASSWORD to the same rules as everybody's."""
    if password is None:
        return
    for username in demo.ACCOUNTS:
        try:
            passwords.validate_password(password, username)
        except PortalError as fault:
            raise StartupError(f"SIAGA_DEMO_PASSWORD cannot be used: {fault}") from fault


def _reset_demo_accounts(password: str) -> list[str]:
    """Whatever somebody changed meanwhile: what the lines say opens the door."""
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
    file.unlink(missing_ok=True)  # its mode counts, not that of a file which somebody put there
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as stream:
        stream.write("\n".join(lines) + "\n")


def _read_saved_password(file: Path) -> str | None:
    """Read the password of the last start; the name of the first account stands before it."""
    if not file.exists():
        return None
    words = file.read_text(encoding="utf-8").partition("\n")[0].split("\t")
    return words[1] if len(words) > 1 else None
