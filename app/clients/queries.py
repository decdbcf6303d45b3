"""How many clients came, as far as the user may see them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from app.clients.models.client import Client, Household
from app.clients.visibility import clients_visible_to
from app.core.actor import Actor
from app.extensions import db


def count_registered_since(user: Actor, start: datetime) -> int:
    """Count the clients registered since that moment; an archived record counts no more."""
    query = select(func.count(Client.id)).where(
        Client.created_at >= start, Client.archived_at.is_(None), clients_visible_to(user)
    )
    return db.session.scalar(query) or 0


def select_member_ids(client: Client) -> Select[Any]:
    """Select the ids of everybody on the same family card or in the same household, the client included."""
    same = [Client.id == client.id]
    if client.household_id is not None:
        same.append(Client.household_id == client.household_id)
    cards = {client.no_kk, client.household.no_kk if client.household is not None else None} - {None}
    if cards:
        of_card = select(Household.id).where(Household.no_kk.in_(cards))
        same += [Client.no_kk.in_(cards), Client.household_id.in_(of_card)]
    return select(Client.id).where(or_(*same))


def lock_members(client: Client) -> None:
    """Lock the rows of all members until the end of the transaction: two cases of one household meet here.

    Call it after the case and before the grant is locked. NO KEY, so that a new case of a member need not
    wait; in the order of the ids, so that two who lock the same people never wait for each other.
    """
    query = select_member_ids(client).order_by(Client.id).with_for_update(key_share=True, of=Client)
    db.session.execute(query).all()
