"""The people of one household: who they are, and how two services that decide about them meet."""

from typing import Any

from sqlalchemy import Select, or_, select

from app.clients.models import Client, Household
from app.extensions import db


def member_ids(client: Client) -> Select[Any]:
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
    query = member_ids(client).order_by(Client.id).with_for_update(key_share=True, of=Client)
    db.session.execute(query).all()
