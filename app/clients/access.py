"""Who sees which clients, households and consents."""

from sqlalchemy import ColumnElement

from app.clients.models import Consent
from app.clients.visibility import clients_visible_to as visible_to
from app.clients.visibility import households_visible_to, restrictions
from app.core.actor import Actor

__all__ = ["consents_visible_to", "households_visible_to", "restrictions", "visible_to"]


def consents_visible_to(user: Actor) -> ColumnElement[bool]:
    """Consents of the clients whom the user sees."""
    return Consent.client.has(visible_to(user))
