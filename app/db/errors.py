"""Conversion of database errors into `PortalError`s: concurrent edits, constraints, outages."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.core.errors import Conflict, PortalError
from app.db import unavailable
from app.db.constraints import get_constraint_name
from app.extensions import Model

_USERNAME_TAKEN = ("username", _l("This user name is already taken."))
_FRAMEWORK_MESSAGES: dict[str, tuple[str | None, Any]] = {
    "uq_ab_user_username": _USERNAME_TAKEN,
    "uq_ab_user_email": _USERNAME_TAKEN,  # the e-mail address is derived from the user name
}
"""Constraint messages of FAB's tables; our own models have `__constraint_messages__`."""


def to_portal_error(error: Exception) -> PortalError:
    """Return the error that the user is shown; re-raise `error` if it is a bug.

    A constraint has a message if two concurrent users can violate it. A violation of any other constraint
    means that a service did not check the rule first: that is a bug, which the user could not resolve.
    """
    if isinstance(error, PortalError):
        return error
    if isinstance(error, StaleDataError):
        return Conflict(_("Somebody else changed this record while you were writing."))
    if isinstance(error, IntegrityError):
        return _build_constraint_error(error)
    status = unavailable.get_outage_status(error)
    if status is None:
        raise error
    unavailable.log_error(error)
    return unavailable.Outage(status)


def get_constraint_messages() -> dict[str, tuple[str | None, Any]]:
    """Return constraint name -> (field, message) for every constraint with a message."""
    messages = dict(_FRAMEWORK_MESSAGES)
    for mapper in Model.registry.mappers:
        messages |= getattr(mapper.class_, "__constraint_messages__", {})
    return messages


def _build_constraint_error(error: IntegrityError) -> PortalError:
    message = get_constraint_messages().get(get_constraint_name(error))
    if message is None:
        raise error
    column, text = message
    return PortalError(text, field=column)
