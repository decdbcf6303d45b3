"""Money is no secret inside the office; who may change it is a matter of the role."""

from sqlalchemy import ColumnElement, false, true

from app.core.actor import STAFF, Actor, has_role


def visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff; nobody without a role."""
    return true() if has_role(user, *STAFF) else false()
