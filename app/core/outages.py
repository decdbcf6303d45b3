"""What the machine lacks for a while: room on its disk, or its database. Nothing typed is lost by it."""

import errno
import logging
import secrets
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree

from app.core.constraints import constraint_name
from app.core.errors import PortalError

log = logging.getLogger(__name__)

FULL = frozenset(
    number for name in ("ENOSPC", "EDQUOT") if (number := getattr(errno, name, None)) is not None
)
SQLITE_FULL, POSTGRESQL_FULL = "SQLITE_FULL", "53100"

BUSY, NO_ROOM = STATUSES = 503, 507
AGAIN = "again"
"""The field of a form that comes back after an outage: a room opens it as it was typed, not saved at once."""


class Outage(PortalError):
    """It may heal by itself: what was asked can be asked again as it stands."""

    def __init__(self, status: int) -> None:
        super().__init__(sentence(status))
        self.status = status


def sentence(status: int) -> Any:
    """What happened, and what to do."""
    if status == NO_ROOM:
        return _("There is no room left on the disk of the portal. Tell the administrator, then save again.")
    return _("The database does not answer just now. Wait a minute, then save again: nothing is saved twice.")


def status_of(fault: BaseException | None) -> int | None:
    """Which outage it is; None: a fault of ours."""
    if isinstance(fault, Outage):
        return fault.status
    if isinstance(fault, OSError):
        return NO_ROOM if fault.errno in FULL else None
    if isinstance(fault, NoneFree):
        return BUSY
    if not isinstance(fault, DBAPIError):
        return None
    cause = fault.orig
    if getattr(cause, "sqlite_errorname", None) == SQLITE_FULL or _sqlstate(cause) == POSTGRESQL_FULL:
        return NO_ROOM
    gone = isinstance(fault, OperationalError | InterfaceError) or fault.connection_invalidated
    return BUSY if gone else None


def _sqlstate(cause: Any) -> Any:
    return getattr(cause, "sqlstate", None)


def note(fault: BaseException) -> str:
    """Tell the log, and give the reference under which it stands there."""
    reference = secrets.token_hex(4)
    # The message of a database error carries what was typed; the log keeps kind and place only.
    cause = getattr(fault, "orig", None) or fault
    log.error(
        "%s: %s at %s",
        reference,
        f"{type(cause).__name__} ({constraint_name(fault)})"
        if isinstance(fault, IntegrityError)
        else type(cause).__name__,
        request.endpoint,
        exc_info=None if hasattr(fault, "orig") else fault,
    )
    return reference
