"""Count of new clients, and selecting and locking the members of a household."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from app.clients.models.client import Client, Household
from app.clients.policy import ClientPolicy
from app.core.actor import Actor
from app.extensions import db


def count_registered_since(user: Actor, start: datetime) -> int:
    """Count the visible clients registered since `start`, without archived ones."""
    query = select(func.count(Client.id)).where(
        Client.created_at >= start, Client.archived_at.is_(None), ClientPolicy.visible_to(user)
    )
    return db.session.scalar(query) or 0


def has_clients() -> bool:
    """Return whether the database has any client, visible or not."""
    return db.session.scalar(select(Client.id).limit(1)) is not None


def select_member_ids(client: Client) -> Select[Any]:
    """Select the ids of all clients on the same family card or in the same household.

    The client itself is included.
    """
    conditions = [Client.id == client.id]
    if client.household_id is not None:
        conditions.append(Client.household_id == client.household_id)
    cards = {client.no_kk, client.household.no_kk if client.household is not None else None} - {None}
    if cards:
        households_of_card = select(Household.id).where(Household.no_kk.in_(cards))
        conditions += [Client.no_kk.in_(cards), Client.household_id.in_(households_of_card)]
    return select(Client.id).where(or_(*conditions))


def lock_members(client: Client) -> None:
    """Lock the rows of all members until the end of the transaction, to serialize cases of one household.

    Call it after the case and before the grant is locked.
    """
    # NO KEY, so that a new case of a member need not wait. By id, so that two transactions that lock the same
    # members cannot deadlock.
    query = select_member_ids(client).order_by(Client.id).with_for_update(key_share=True, of=Client)
    db.session.execute(query).all()
