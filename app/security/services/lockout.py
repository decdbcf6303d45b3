"""Lockout after wrong passwords: from the fifth on the origin must wait, longer each time, never for good.

An origin is a device on which the user has logged in, else the network (`devices.get_attempt_origin`), so
nobody can lock out a user from elsewhere. Unknown user names are counted and answered like known ones. All
times are by the machine's clock.
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
from app.db.types import Instant
from app.extensions import db
from app.security.models import LoginAttempt, PortalUser

MAX_FAILURES = 5
MAX_WAIT_MINUTES = 15
"""Longest wait in minutes; the waits are 1, 2, 4, 8, 15, 15, …"""
FAILURE_RESET_PERIOD = timedelta(days=1)
"""After this time without another failure the count starts again."""

WRONG_CREDENTIALS_MESSAGE = _l(
    "User name or password is wrong. After 5 wrong passwords you have to wait a while."
)
DEACTIVATED_MESSAGE = _l("This account has been deactivated. Ask an administrator.")
PASSWORD_EXPIRED_MESSAGE = _l(
    "This temporary password has expired after 72 hours. Ask an administrator for a new one."
)
WRONG_PRESENT_PASSWORD_MESSAGE = _l("This is not your present password.")

_INSERT_ATTEMPT = text(
    "INSERT INTO login_attempt (key, user_id, failures, failed_at) VALUES (:key, :user_id, 0, :now)"
    " ON CONFLICT (key) DO NOTHING"
).bindparams(bindparam("now", type_=Instant()))


def record_login_attempt(
    username: str, user_id: int | None, password_hash: str | None, origin: str, *, is_correct: bool
) -> Any:
    """Record the result of a log-in; return why it is refused, or None if the user may log in.

    `password_hash` is the hash that the password was checked against. If it was replaced meanwhile, the
    log-in is refused.
    """
    user = _get_user_for_update(user_id)
    attempt = _get_attempt_for_update(username, user_id, origin)
    if is_locked(attempt):
        return format_wait_message(attempt)
    if user is None or not is_correct or user.password != password_hash:
        return _count_failure(attempt, user) or WRONG_CREDENTIALS_MESSAGE
    if not user.active:
        return DEACTIVATED_MESSAGE
    if user.temporary_until is not None and user.temporary_until <= machine_now():
        return PASSWORD_EXPIRED_MESSAGE
    db.session.delete(attempt)
    user.locked_until = None
    user.login_count = (user.login_count or 0) + 1
    user.last_login = machine_now().replace(tzinfo=None)
    return None


class PasswordRefusal(NamedTuple):
    """Why a password is refused, and whether its origin is locked now."""

    message: str
    is_locked: bool


def record_password_check(user_id: int, origin: str, *, is_correct: bool) -> PasswordRefusal | None:
    """Record a check of a logged-in user's password; return why it is refused, or None.

    Counted together with the log-ins of the origin: otherwise an open session could be used to guess the
    password.
    """
    user = _get_user_for_update(user_id)
    assert user is not None  # noqa: S101  users are never deleted
    attempt = _get_attempt_for_update(user.username, user_id, origin)
    if is_locked(attempt):
        return PasswordRefusal(format_wait_message(attempt), is_locked=True)
    if is_correct:
        db.session.delete(attempt)
        return None
    wait = _count_failure(attempt, user)
    return PasswordRefusal(wait or str(WRONG_PRESENT_PASSWORD_MESSAGE), is_locked=wait is not None)


def reset_failures(user: PortalUser) -> None:
    """Remove the locks and counts of the user for every origin."""
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.user_id == user.id))
    user.locked_until = None


def remove_old_attempts(session: Session, _items: Sequence[None]) -> None:
    """Delete the counts that are a day old; called by the write queue."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.failed_at < machine_now() - FAILURE_RESET_PERIOD))


def is_locked(attempt: LoginAttempt) -> bool:
    """Return whether the origin still has to wait."""
    return attempt.locked_until is not None and attempt.locked_until > machine_now()


def format_wait_message(attempt: LoginAttempt) -> str:
    """Return the message with the minutes to wait, also for an unknown user name."""
    assert attempt.locked_until is not None  # noqa: S101  asked by `is_locked`
    minutes = ceil((attempt.locked_until - machine_now()) / timedelta(minutes=1))
    return str(
        ngettext(
            "Too many wrong passwords: wait %(num)s minute, then try again.",
            "Too many wrong passwords: wait %(num)s minutes, then try again.",
            minutes,
        )
    )


def _get_user_for_update(user_id: int | None) -> PortalUser | None:
    """Reload the user under a lock: of many guesses at the same moment, the sixth is refused too.

    NO KEY lets other transactions refer to the row meanwhile; otherwise it could deadlock with the audit
    lock.
    """
    if user_id is None:
        return None
    user: PortalUser | None = db.session.get(PortalUser, user_id, with_for_update={"key_share": True})
    return user


def _get_attempt_for_update(username: str, user_id: int | None, origin: str) -> LoginAttempt:
    """Lock and return the count of this user name and origin; reset after a day."""
    now = machine_now()
    key = hashlib.sha256(f"{username.strip().lower()}\0{origin}".encode(errors="replace")).hexdigest()
    db.session.execute(_INSERT_ATTEMPT, {"key": key, "user_id": user_id, "now": now})
    query = select(LoginAttempt).where(LoginAttempt.key == key).with_for_update()
    attempt = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if attempt.failed_at < now - FAILURE_RESET_PERIOD:
        attempt.failures, attempt.locked_until = 0, None
    return attempt


def _count_failure(attempt: LoginAttempt, user: PortalUser | None) -> str | None:
    """Count a failure; return the message to wait if it locks the origin."""
    attempt.failures += 1
    attempt.failed_at = machine_now()
    if attempt.failures < MAX_FAILURES:
        return None
    attempt.locked_until = _get_locked_until(attempt)
    if user is not None:
        user.locked_until = attempt.locked_until
    return format_wait_message(attempt)


def _get_locked_until(attempt: LoginAttempt) -> datetime:
    return attempt.failed_at + timedelta(
        minutes=min(2 ** (attempt.failures - MAX_FAILURES), MAX_WAIT_MINUTES)
    )
