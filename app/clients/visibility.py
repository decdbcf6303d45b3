"""Which clients somebody may see. Beneath the services: a refusal must not tell of a hidden client."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, True_, and_, exists, false, func, or_, select, true

from app.clients.choices import HouseholdRole
from app.clients.models import Client, Household
from app.core.actor import STAFF, Actor, has_role
from app.core.asking import each
from app.core.search import folded
from app.extensions import db

restrictions: list[Callable[[Actor], ColumnElement[bool]]] = []
"""Extension point: rooms above append predicates on `Client`; a client is seen when all of them hold."""


detail_restrictions: list[Callable[[Actor], ColumnElement[bool]]] = []
"""Extension point: rooms above append predicates on `Client`; personal details are read when all hold."""


class Shortcut(NamedTuple):
    """A cheap predicate on `Client`: where it holds, none of the restrictions it implies hides anything."""

    predicate: Callable[[Actor], ColumnElement[bool]]
    implies: frozenset[Callable[[Actor], ColumnElement[bool]]]


shortcuts: list[Shortcut] = []
"""Extension point; one that does not imply every registered restriction is not used."""


class EditRestriction(NamedTuple):
    """A predicate on `Client` that must hold before the client is changed, and the refusal where it fails."""

    predicate: Callable[[Actor], ColumnElement[bool]]
    message: Any


edit_restrictions: list[EditRestriction] = []
"""Extension point: rooms above append; a predicate that is `true()` costs no statement."""


def clients_visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff, save where a restriction hides the client; archived clients stay visible."""
    if not has_role(user, *STAFF):
        return false()
    return and_(true(), *(restriction(user) for restriction in restrictions))


def personal_details_visible_to(user: Actor) -> ColumnElement[bool]:
    """Say of which of the clients that the user sees he reads `PERSONAL_DETAILS` and consents."""
    rules = [
        rule
        for rule in (restriction(user) for restriction in detail_restrictions)
        if not isinstance(rule, True_)
    ]
    return and_(*rules) if rules else true()


def whole_clients_visible_to(user: Actor) -> ColumnElement[bool]:
    """Say which clients the user sees with their personal details; most rows cost the shortcut alone."""
    whole = and_(clients_visible_to(user), personal_details_visible_to(user))
    if not has_role(user, *STAFF):
        return whole
    registered = {*restrictions, *detail_restrictions}
    return or_(*(one.predicate(user) for one in shortcuts if registered <= one.implies), whole)


def can_read_personal_details(client: Client, user: Actor) -> bool:
    """Ask the database whether the user reads, and with the right to edit changes, this client's details."""
    readable = personal_details_visible_to(user)
    if isinstance(readable, True_):
        return True
    return bool(db.session.scalar(select(exists().where(Client.id == client.id, readable))))


def edit_refusal(record: Client | Household, user: Actor) -> Any | None:
    """Return why the user may not change the client, or a member's household; None: nothing forbids it."""
    if record not in db.session:
        return None
    of_record = Client.id == record.id if isinstance(record, Client) else Client.household_id == record.id
    for restriction in edit_restrictions:
        editable = restriction.predicate(user)
        if isinstance(editable, True_):
            continue
        if db.session.scalar(select(exists().where(of_record, ~editable))):
            return restriction.message
    return None


def public_search_text() -> ColumnElement[Any]:
    """Return what others find a client by whose details they do not read: name and NIK."""
    number = func.coalesce(Client.system_number, "")
    return folded(Client.name) + " " + number + " " + func.coalesce(Client.nik, "")


def households_visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff, save where the label or the address would give away a hidden client or a restricted one."""
    if not has_role(user, *STAFF):
        return false()
    if not (restrictions or detail_restrictions):
        return true()
    seen = whole_clients_visible_to(user)
    member = Client.household_id == Household.id
    head = and_(member, Client.household_role == HouseholdRole.head, Client.archived_at.is_(None))
    # A head that is seen is a member that is seen: most households cost this one look.
    return or_(
        each(Household, head, seen),
        and_(~each(Household, head), or_(~each(Household, member), each(Household, member, seen))),
    )
