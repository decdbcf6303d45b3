"""How many clients came, as far as the user may see them."""

from datetime import datetime

from sqlalchemy import func, select

from app.clients.access import visible_to
from app.clients.models import Client
from app.core.actor import Actor
from app.extensions import db


def registered_since(user: Actor, start: datetime) -> int:
    """Count the clients registered since that moment; an archived record counts no more."""
    query = select(func.count(Client.id)).where(
        Client.created_at >= start, Client.archived_at.is_(None), visible_to(user)
    )
    return db.session.scalar(query) or 0
