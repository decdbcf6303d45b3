"""Who reads the audit book."""

from sqlalchemy import ColumnElement, false, true

from app.audit.models import AuditEntry
from app.core.actor import ADMIN, PEKSOS, Actor, has_role


def visible_to(user: Actor) -> ColumnElement[bool]:
    """Administrators read all of it, a peksos what he did himself, others nothing."""
    if has_role(user, ADMIN):
        return true()
    return AuditEntry.actor_id == user.actor_id if has_role(user, PEKSOS) else false()
