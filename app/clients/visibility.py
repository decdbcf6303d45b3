"""Which clients somebody may see. Beneath the services: a refusal must not tell of a hidden client."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, True_, and_, exists, false, func, or_, select, true

from app.clients.enums import HouseholdRole
from app.clients.models.client import Client, Household
from app.core.actor import STAFF_ROLES, Actor, has_role
from app.core.registry import Registry
from app.db.query_hints import correlated_exists
from app.db.search import fold_column
from app.extensions import db

visibility_restrictions = Registry[Callable[[Actor], ColumnElement[bool]]](
    "predicates that hide a client", required=True
)
"""Extension point: rooms above append predicates on `Client`; a client is seen when all of them hold."""


detail_restrictions = Registry[Callable[[Actor], ColumnElement[bool]]](
    "predicates that hide personal details", required=True
)
"""Extension point: rooms above append predicates on `Client`; personal details are read when all hold."""


class VisibilityShortcut(NamedTuple):
    """A cheap predicate on `Client`: where it holds, none of the restrictions it implies hides anything."""

    predicate: Callable[[Actor], ColumnElement[bool]]
    implied_restrictions: frozenset[Callable[[Actor], ColumnElement[bool]]]


visibility_shortcuts = Registry[VisibilityShortcut]("shortcuts of client visibility")
"""Extension point; one that does not imply every registered restriction is not used."""


class EditRestriction(NamedTuple):
    """A predicate on `Client` that must hold before the client is changed, and the refusal where it fails."""

    predicate: Callable[[Actor], ColumnElement[bool]]
    message: Any


edit_restrictions = Registry[EditRestriction]("restrictions on changing a client", required=True)
"""Extension point: rooms above append; a predicate that is `true()` costs no statement."""


def clients_visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff, save where a restriction hides the client; archived clients stay visible."""
    if not has_role(user, *STAFF_ROLES):
        return false()
    return and_(true(), *(restriction(user) for restriction in visibility_restrictions))


def personal_details_visible_to(user: Actor) -> ColumnElement[bool]:
    """Say of which of the clients that the user sees he reads `PERSONAL_DETAILS` and consents."""
    rules = [
        rule
        for rule in (restriction(user) for restriction in detail_restrictions)
        if not isinstance(rule, True_)
    ]
    return and_(*rules) if rules else true()


def clients_fully_visible_to(user: Actor) -> ColumnElement[bool]:
    """Say which clients the user sees with their personal details; most rows cost the shortcut alone."""
    whole = and_(clients_visible_to(user), personal_details_visible_to(user))
    if not has_role(user, *STAFF_ROLES):
        return whole
    registered = {*visibility_restrictions, *detail_restrictions}
    return or_(
        *(one.predicate(user) for one in visibility_shortcuts if registered <= one.implied_restrictions),
        whole,
    )


def can_read_personal_details(client: Client, user: Actor) -> bool:
    """Ask the database whether the user reads, and with the right to edit changes, this client's details."""
    readable = personal_details_visible_to(user)
    if isinstance(readable, True_):
        return True
    return bool(db.session.scalar(select(exists().where(Client.id == client.id, readable))))


def get_edit_refusal(record: Client | Household, user: Actor) -> Any | None:
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


def build_public_search_text() -> ColumnElement[Any]:
    """Return what others find a client by whose details they do not read: name and NIK."""
    number = func.coalesce(Client.system_number, "")
    return fold_column(Client.name) + " " + number + " " + func.coalesce(Client.nik, "")


def households_visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff, save where the label or the address would give away a hidden client or a restricted one."""
    if not has_role(user, *STAFF_ROLES):
        return false()
    seen = clients_fully_visible_to(user)
    member = Client.household_id == Household.id
    head = and_(member, Client.household_role == HouseholdRole.head, Client.archived_at.is_(None))
    # A head that is seen is a member that is seen: most households cost this one look.
    return or_(
        correlated_exists(Household, head, seen),
        and_(
            ~correlated_exists(Household, head),
            or_(~correlated_exists(Household, member), correlated_exists(Household, member, seen)),
        ),
    )


def list_visible_holders(client: Client, user: Actor) -> list[Client]:
    """Return the clients in use with the same NIK whom the user sees, for a client in use."""
    if client.archived_at is not None:
        return []
    others = [one for one in _list_other_holders(client, client.nik) if one.archived_at is None]
    seen = _get_visible_ids(others, user)
    return [one for one in others if one.id in seen]


def can_settle_nik(client: Client, user: Actor) -> bool:
    """Tell whether the NIK of this client is in check and the user sees another holder."""
    return client.nik_in_check and bool(list_visible_holders(client, user))


def _list_other_holders(client: Client, nik: str | None) -> list[Client]:
    """Return the other clients with this NIK, those out of check first."""
    if not nik:
        return []
    with db.session.no_autoflush:
        query = select(Client).where(Client.nik == nik, Client.merged_into_id.is_(None))
        found = db.session.scalars(query.order_by(Client.nik_in_check, Client.id))
        return [one for one in found if one is not client]


def _get_visible_ids(clients: Sequence[Client], user: Actor) -> set[int]:
    if not clients:
        return set()
    ids = [one.id for one in clients]
    with db.session.no_autoflush:
        return set(db.session.scalars(select(Client.id).where(Client.id.in_(ids), clients_visible_to(user))))
