"""Wrong passwords: the fifth from one place makes that place wait, for longer each time, and never for good.

A place is a device on which the user has logged in, else the network (`devices.place_of_attempt`), so nobody
locks somebody out from afar. Invented names are counted and answered like real ones. On the machine's clock.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.orm import Session

from app.core.clock import machine_now
from app.core.types import Instant
from app.extensions import db
from app.security.models import LoginAttempt, PortalUser

FAILURES = 5
LONGEST = 15
"""Minutes; the waits are 1, 2, 4, 8, 15, 15, …"""
FORGOTTEN = timedelta(days=1)
"""After so long without another failure the count begins anew."""

WRONG = _l("User name or password is wrong. After 5 wrong passwords you have to wait a while.")
CLOSED = _l("This account has been deactivated. Ask an administrator.")
EXPIRED = _l("This temporary password has expired after 72 hours. Ask an administrator for a new one.")
NOT_PRESENT = _l("This is not your present password.")

_INSERT = text(
    "INSERT INTO login_attempt (key, user_id, failures, failed_at) VALUES (:key, :user_id, 0, :now)"
    " ON CONFLICT (key) DO NOTHING"
).bindparams(bindparam("now", type_=Instant()))


def settle(name: str, user_id: int | None, kept: str | None, place: str, *, right: bool) -> Any:
    """Write down how a log-in ended; answer why it is refused, or None when the user may come in.

    `kept` is the hash that the password was held against: one that was replaced meanwhile opens nothing.
    """
    user = _locked_user(user_id)
    attempt = _attempt(name, user_id, place)
    if is_locked(attempt):
        return wait_sentence(attempt)
    if user is None or not right or user.password != kept:
        return _count_failure(attempt, user) or WRONG
    if not user.active:
        return CLOSED
    if user.temporary_until is not None and user.temporary_until <= machine_now():
        return EXPIRED
    db.session.delete(attempt)
    user.locked_until = None
    user.login_count = (user.login_count or 0) + 1
    user.last_login = machine_now().replace(tzinfo=None)
    return None


class Refusal(NamedTuple):
    """Why a password is refused, and whether the place has to wait now."""

    sentence: str
    is_locked: bool


def settle_present(user_id: int, place: str, *, right: bool) -> Refusal | None:
    """Write down that somebody who is logged in gave the present password; answer why it is refused, or None.

    Counted together with the log-ins of the place, or an open session would be the place to guess it.
    """
    user = _locked_user(user_id)
    assert user is not None  # noqa: S101  users are never deleted
    attempt = _attempt(user.username, user_id, place)
    if is_locked(attempt):
        return Refusal(wait_sentence(attempt), is_locked=True)
    if right:
        db.session.delete(attempt)
        return None
    wait = _count_failure(attempt, user)
    return Refusal(wait or str(NOT_PRESENT), is_locked=wait is not None)


def forget_failures(user: PortalUser) -> None:
    """Let the user try again everywhere."""
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.user_id == user.id))
    user.locked_until = None


def remove_old_attempts(session: Session, _items: Sequence[None]) -> None:
    """Forget the counts that are a day old."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.failed_at < machine_now() - FORGOTTEN))


def is_locked(attempt: LoginAttempt) -> bool:
    """Whether the place still has to wait."""
    return attempt.locked_until is not None and attempt.locked_until > machine_now()


def wait_sentence(attempt: LoginAttempt) -> str:
    """Say how long; for an invented name, too."""
    assert attempt.locked_until is not None  # noqa: S101  asked by `is_locked`
    minutes = ceil((attempt.locked_until - machine_now()) / timedelta(minutes=1))
    return str(
        ngettext(
            "Too many wrong passwords: wait %(num)s minute, then try again.",
            "Too many wrong passwords: wait %(num)s minutes, then try again.",
            minutes,
        )
    )


def _locked_user(user_id: int | None) -> PortalUser | None:
    """Read the account anew under a lock: of many guesses at the same moment, the sixth is refused too.

    The lock lets others refer to the row meanwhile, or it would meet the audit's in a deadlock.
    """
    if user_id is None:
        return None
    found: PortalUser | None = db.session.get(PortalUser, user_id, with_for_update={"key_share": True})
    return found


def _attempt(name: str, user_id: int | None, place: str) -> LoginAttempt:
    """Lock and return the count of this name from this place; begun anew after a day."""
    now = machine_now()
    key = hashlib.sha256(f"{name.strip().lower()}\0{place}".encode(errors="replace")).hexdigest()
    db.session.execute(_INSERT, {"key": key, "user_id": user_id, "now": now})
    query = select(LoginAttempt).where(LoginAttempt.key == key).with_for_update()
    attempt = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if attempt.failed_at < now - FORGOTTEN:
        attempt.failures, attempt.locked_until = 0, None
    return attempt


def _count_failure(attempt: LoginAttempt, user: PortalUser | None) -> str | None:
    """Count it; when it locks the place, answer how long."""
    attempt.failures += 1
    attempt.failed_at = machine_now()
    if attempt.failures < FAILURES:
        return None
    attempt.locked_until = _until(attempt)
    if user is not None:
        user.locked_until = attempt.locked_until
    return wait_sentence(attempt)


def _until(attempt: LoginAttempt) -> datetime:
    return attempt.failed_at + timedelta(minutes=min(2 ** (attempt.failures - FAILURES), LONGEST))
