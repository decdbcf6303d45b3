"""Visibility of audit entries."""

from sqlalchemy import ColumnElement, and_, false, true

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.core.actor import ADMIN, PEKSOS, Actor, has_role


def visible_to(user: Actor) -> ColumnElement[bool]:
    """Predicate on `AuditEntry`: administrators read all, a peksos their own actions, others nothing."""
    if has_role(user, ADMIN):
        return true()
    if not has_role(user, PEKSOS):
        return false()
    # Without their own `case_events` entries: that one exists would reveal an event in a hidden case.
    return and_(AuditEntry.actor_id == user.actor_id, AuditEntry.action != Action.case_events)
