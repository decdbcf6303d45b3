"""Policy of partners: all staff read them, archived partners cannot be edited."""

from sqlalchemy import ColumnElement, false, true

from app.core.actor import STAFF_ROLES, Actor, has_role
from app.partners.models import Partner


def visible_to(user: Actor) -> ColumnElement[bool]:
    """Return a condition that is true for all staff and false for a user without a role."""
    return true() if has_role(user, *STAFF_ROLES) else false()


def can_edit(partner: Partner, user: Actor) -> bool:  # noqa: ARG001
    """Return whether the partner can be edited; an archived partner must be restored first."""
    return partner.active
