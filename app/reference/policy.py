"""Policy of the reference data: no record is hidden from staff; permissions decide who may open its pages."""

from sqlalchemy import ColumnElement, false, or_, true

from app.core import clock
from app.core.actor import STAFF_ROLES, Actor, has_role
from app.reference.models import PpksCategory


def visible_to(user: Actor) -> ColumnElement[bool]:
    """Show all records to staff, who need them as options in forms, and none to users without a role."""
    return true() if has_role(user, *STAFF_ROLES) else false()


def is_in_force() -> ColumnElement[bool]:
    """Build the condition that a PPKS category is still valid today."""
    return or_(PpksCategory.valid_until.is_(None), PpksCategory.valid_until >= clock.today())
