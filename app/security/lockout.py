"""What a log-in attempt leads to: wrong passwords are counted, the fifth locks the account.

On the machine's clock, whatever the portal takes for now.
"""

from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.extensions import db
from app.security.models import PortalUser

FAILURES = 5

WRONG = _l("User name or password is wrong. After 5 wrong passwords the account is locked.")
LOCKED = _l("This account is locked after 5 wrong passwords. Ask an administrator to unlock it.")
CLOSED = _l("This account has been deactivated. Ask an administrator.")


def settle(user_id: int | None, *, right: bool) -> Any:
    """Write down how the attempt ended; answer why it is refused, or None when the user may come in.

    Reads the account anew under a lock: of many guesses at the same moment, the sixth is refused too. The
    lock lets others refer to the row meanwhile, or it would meet the audit's in a deadlock.
    """
    user = db.session.get(PortalUser, user_id, with_for_update={"key_share": True}) if user_id else None
    if user is None:
        return WRONG
    if user.locked_at:
        return LOCKED
    if not right:
        return _count_failure(user)
    if not user.active:
        return CLOSED
    user.fail_login_count = 0
    user.login_count = (user.login_count or 0) + 1
    user.last_login = datetime.now(UTC).replace(tzinfo=None)
    return None


def _count_failure(user: PortalUser) -> Any:
    user.fail_login_count = (user.fail_login_count or 0) + 1
    if user.fail_login_count < FAILURES:
        return WRONG
    user.locked_at = datetime.now(UTC)
    return LOCKED
