"""Partners hide nothing from the staff."""

from sqlalchemy import ColumnElement, false, true

from app.core.actor import STAFF, Actor, has_role


def visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff; nobody without a role."""
    return true() if has_role(user, *STAFF) else false()
