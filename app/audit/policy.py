"""Policy of audit entries."""

from sqlalchemy import ColumnElement, and_, false, true

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.db.policy import Policy


class AuditEntryPolicy(Policy[AuditEntry]):
    """Administrators read all entries, a peksos their own actions, others nothing."""

    model = AuditEntry

    @classmethod
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match the entries that the user may read."""
        if has_role(user, ADMIN):
            return true()
        if not has_role(user, PEKSOS):
            return false()
        # Without their own `case_events` entries: that one exists would reveal an event in a hidden case.
        return and_(AuditEntry.actor_id == user.actor_id, AuditEntry.action != Action.case_events)
