"""Temporary outages: a full disk or an unreachable database; the form comes back with all input kept."""

import errno
import logging
import secrets
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree

from app.core.errors import PortalError
from app.db.constraints import get_constraint_name

log = logging.getLogger(__name__)

DISK_FULL_ERRNOS = frozenset(
    number for name in ("ENOSPC", "EDQUOT") if (number := getattr(errno, name, None)) is not None
)
SQLITE_FULL, POSTGRESQL_FULL = "SQLITE_FULL", "53100"

DATABASE_BUSY, DISK_FULL = OUTAGE_STATUSES = 503, 507
RESUBMIT_FIELD = "again"
"""Hidden form field after an outage: the view reopens the form with its input instead of saving at once."""


class Outage(PortalError):
    """The disk is full or the database unavailable; the same request can be sent again later."""

    def __init__(self, status: int) -> None:
        super().__init__(get_outage_message(status))
        self.status = status


def get_outage_message(status: int) -> Any:
    """Return the translated message for status 503 or 507: what happened, and what to do."""
    if status == DISK_FULL:
        return _("There is no room left on the disk of the portal. Tell the administrator, then save again.")
    return _("The database does not answer just now. Wait a minute, then save again: nothing is saved twice.")


def get_outage_status(error: BaseException | None) -> int | None:
    """Return the HTTP status of the outage (503, 507); None if the error is a bug."""
    if isinstance(error, Outage):
        return error.status
    if isinstance(error, OSError):
        return DISK_FULL if error.errno in DISK_FULL_ERRNOS else None
    if isinstance(error, NoneFree):
        return DATABASE_BUSY
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    if getattr(cause, "sqlite_errorname", None) == SQLITE_FULL or _get_sqlstate(cause) == POSTGRESQL_FULL:
        return DISK_FULL
    is_unavailable = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    return DATABASE_BUSY if is_unavailable else None


def _get_sqlstate(cause: Any) -> Any:
    return getattr(cause, "sqlstate", None)


def log_error(error: BaseException) -> str:
    """Log an error and return the reference under which it is logged."""
    reference = secrets.token_hex(4)
    # The message of a database error contains user input; log only its type and the endpoint.
    cause = getattr(error, "orig", None) or error
    log.error(
        "%s: %s at %s",
        reference,
        f"{type(cause).__name__} ({get_constraint_name(error)})"
        if isinstance(error, IntegrityError)
        else type(cause).__name__,
        request.endpoint,
        exc_info=None if hasattr(error, "orig") else error,
    )
    return reference
