"""Reference data hides nothing: who may open its pages is a matter of the role."""

from sqlalchemy import ColumnElement, false, or_, true

from app.core import clock
from app.core.actor import STAFF_ROLES, Actor, has_role
from app.reference.models import PpksCategory


def visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff, as choices in their forms; nobody without a role."""
    return true() if has_role(user, *STAFF_ROLES) else false()


def is_in_force() -> ColumnElement[bool]:
    """The PPKS categories that a regulation still names today."""
    return or_(PpksCategory.valid_until.is_(None), PpksCategory.valid_until >= clock.today())
