"""Partners hide nothing from the staff."""

from sqlalchemy import ColumnElement, false, true

from app.core.actor import STAFF_ROLES, Actor, has_role
from app.partners.models import Partner


def visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff; nobody without a role."""
    return true() if has_role(user, *STAFF_ROLES) else false()


def can_edit(partner: Partner, user: Actor) -> bool:  # noqa: ARG001
    """An archived record is read only until it is restored."""
    return partner.active
