"""From what a save ran into to a sentence: what two people read who meet, or who met an outage."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.core import outages
from app.core.constraints import constraint_name
from app.core.errors import Conflict, PortalError
from app.extensions import Model

_USERNAME_TAKEN = ("username", _l("This user name is already taken."))
_FRAMEWORK_MESSAGES: dict[str, tuple[str | None, Any]] = {
    "uq_ab_user_username": _USERNAME_TAKEN,
    "uq_ab_user_email": _USERNAME_TAKEN,  # the address is made of the log-in name
}
"""Sentences for the constraints of tables that FAB declares, as `__constraint_messages__` are for ours."""


def of(fault: Exception) -> PortalError:
    """Return what the user reads of it; raise a fault of ours again.

    A constraint with a sentence is one at which two people can meet. Any other that breaks is a rule which no
    service asked about before: a fault, and no riddle for whoever typed.
    """
    if isinstance(fault, PortalError):
        return fault
    if isinstance(fault, StaleDataError):
        return Conflict(_("Somebody else changed this record while you were writing."))
    if isinstance(fault, IntegrityError):
        return _constraint_message(fault)
    status = outages.status_of(fault)
    if status is None:
        raise fault
    outages.note(fault)
    return outages.Outage(status)


def known_messages() -> dict[str, tuple[str | None, Any]]:
    """Return the sentence, and its field, of every constraint that has one."""
    known = dict(_FRAMEWORK_MESSAGES)
    for mapper in Model.registry.mappers:
        known |= getattr(mapper.class_, "__constraint_messages__", {})
    return known


def _constraint_message(broken: IntegrityError) -> PortalError:
    found = known_messages().get(constraint_name(broken))
    if found is None:
        raise broken
    column, text = found
    return PortalError(text, field=column)
