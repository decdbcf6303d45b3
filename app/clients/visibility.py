"""Which clients somebody may see. Beneath the services: a refusal must not tell of a hidden client."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, false, or_, true

from app.clients.choices import HouseholdRole
from app.clients.models import Client, Household
from app.core.actor import STAFF, Actor, has_role
from app.core.asking import each

restrictions: list[Callable[[Actor], ColumnElement[bool]]] = []
"""Extension point: rooms above append predicates on `Client`; a client is seen when all of them hold."""


def clients_visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff, save where a restriction hides the client; archived clients stay visible."""
    if not has_role(user, *STAFF):
        return false()
    return and_(true(), *(restriction(user) for restriction in restrictions))


def households_visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff, save where the label or the address would give a hidden client away."""
    if not has_role(user, *STAFF):
        return false()
    if not restrictions:
        return true()
    seen = clients_visible_to(user)
    member = Client.household_id == Household.id
    head = and_(member, Client.household_role == HouseholdRole.head, Client.archived_at.is_(None))
    return and_(
        or_(~each(Household, member), each(Household, member, seen)),
        or_(~each(Household, head), each(Household, head, seen)),
    )
