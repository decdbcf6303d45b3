"""What a log-in attempt leads to: wrong passwords are counted, the fifth locks the account.

On the machine's clock, whatever the portal takes for now.
"""

from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.extensions import db
from app.security.models import PortalUser, new_stamp

FAILURES = 5

WRONG = _l("User name or password is wrong. After 5 wrong passwords the account is locked.")
LOCKED = _l("This account is locked after 5 wrong passwords. Ask an administrator to unlock it.")
CLOSED = _l("This account has been deactivated. Ask an administrator.")
NOT_PRESENT = _l("This is not your present password.")


def settle(user_id: int | None, kept: str | None, *, right: bool) -> Any:
    """Write down how a log-in ended; answer why it is refused, or None when the user may come in.

    `kept` is the hash that the password was held against: one that was replaced meanwhile opens nothing.
    """
    user = _held(user_id)
    if user is None:
        return WRONG
    if user.locked_at:
        return LOCKED
    if not right:
        return _count_failure(user, WRONG)
    if user.password != kept:
        return WRONG
    if not user.active:
        return CLOSED
    user.fail_login_count = 0
    user.login_count = (user.login_count or 0) + 1
    user.last_login = datetime.now(UTC).replace(tzinfo=None)
    return None


def settle_present(user_id: int, *, right: bool) -> Any:
    """Write down that somebody who is logged in gave the present password; answer why it is refused, or None.

    Whoever guesses here holds a session: with the account, every session of it ends.
    """
    user = _held(user_id)
    if user is None or user.locked_at:
        return LOCKED
    if right:
        return None
    refusal = _count_failure(user, NOT_PRESENT)
    if user.locked_at:
        user.session_stamp = new_stamp()
    return refusal


def _held(user_id: int | None) -> PortalUser | None:
    """Read the account anew under a lock: of many guesses at the same moment, the sixth is refused too.

    The lock lets others refer to the row meanwhile, or it would meet the audit's in a deadlock.
    """
    if user_id is None:
        return None
    found: PortalUser | None = db.session.get(PortalUser, user_id, with_for_update={"key_share": True})
    return found


def _count_failure(user: PortalUser, sentence: Any) -> Any:
    user.fail_login_count = (user.fail_login_count or 0) + 1
    if user.fail_login_count < FAILURES:
        return sentence
    user.locked_at = datetime.now(UTC)
    return LOCKED
