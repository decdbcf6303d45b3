"""From what a save ran into to a sentence: what two people read who meet, or who met an outage."""

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
    "uq_ab_user_email": _USERNAME_TAKEN,  # the address is made of the log-in name
}
"""Sentences for the constraints of tables that FAB declares, as `__constraint_messages__` are for ours."""


def to_portal_error(error: Exception) -> PortalError:
    """Return what the user reads of it; raise a fault of ours again.

    A constraint with a sentence is one at which two people can meet. Any other that breaks is a rule which no
    service asked about before: a fault, and no riddle for whoever typed.
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
    """Return the sentence, and its field, of every constraint that has one."""
    known = dict(_FRAMEWORK_MESSAGES)
    for mapper in Model.registry.mappers:
        known |= getattr(mapper.class_, "__constraint_messages__", {})
    return known


def _build_constraint_error(error: IntegrityError) -> PortalError:
    found = get_constraint_messages().get(get_constraint_name(error))
    if found is None:
        raise error
    column, text = found
    return PortalError(text, field=column)
