"""Who reads the audit book."""

from sqlalchemy import ColumnElement, and_, false, true

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.core.actor import ADMIN, PEKSOS, Actor, has_role


def visible_to(user: Actor) -> ColumnElement[bool]:
    """Administrators read all of it, a peksos what he did himself, others nothing.

    Own `case_events` lines are left out: that one was written would tell of an event in a hidden case.
    """
    if has_role(user, ADMIN):
        return true()
    if not has_role(user, PEKSOS):
        return false()
    return and_(AuditEntry.actor_id == user.actor_id, AuditEntry.action != Action.case_events)
