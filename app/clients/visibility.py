"""Visibility of clients and households, below the services.

Services need it too, because an error must not reveal a hidden client.
"""

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
"""Extension point: upper rooms register predicates on `Client`. A client is visible if all of them hold."""


detail_restrictions = Registry[Callable[[Actor], ColumnElement[bool]]](
    "predicates that hide personal details", required=True
)
"""Extension point: upper rooms register predicates on `Client`. Personal details are readable if all of them
hold."""


class VisibilityShortcut(NamedTuple):
    """A cheap predicate on `Client`; where it holds, the implied restrictions hide nothing."""

    predicate: Callable[[Actor], ColumnElement[bool]]
    implied_restrictions: frozenset[Callable[[Actor], ColumnElement[bool]]]


visibility_shortcuts = Registry[VisibilityShortcut]("shortcuts of client visibility")
"""Extension point. A shortcut that does not imply every registered restriction is not used."""


class EditRestriction(NamedTuple):
    """A predicate on `Client` that must hold before a change, and the error message if it does not."""

    predicate: Callable[[Actor], ColumnElement[bool]]
    message: Any


edit_restrictions = Registry[EditRestriction]("restrictions on changing a client", required=True)
"""Extension point of upper rooms. A predicate that is `true()` costs no statement."""


def clients_visible_to(user: Actor) -> ColumnElement[bool]:
    """Predicate on `Client`: all staff, unless a restriction hides it; archived ones are visible."""
    if not has_role(user, *STAFF_ROLES):
        return false()
    return and_(true(), *(restriction(user) for restriction in visibility_restrictions))


def personal_details_visible_to(user: Actor) -> ColumnElement[bool]:
    """Predicate on visible clients: the user may read their `PERSONAL_DETAILS` and consents."""
    predicates = [
        predicate
        for predicate in (restriction(user) for restriction in detail_restrictions)
        if not isinstance(predicate, True_)
    ]
    return and_(*predicates) if predicates else true()


def clients_fully_visible_to(user: Actor) -> ColumnElement[bool]:
    """Predicate on `Client`: the user sees the client and may read the personal details.

    For most rows only the shortcut is evaluated.
    """
    full_predicate = and_(clients_visible_to(user), personal_details_visible_to(user))
    if not has_role(user, *STAFF_ROLES):
        return full_predicate
    registered = {*visibility_restrictions, *detail_restrictions}
    return or_(
        *(
            shortcut.predicate(user)
            for shortcut in visibility_shortcuts
            if registered <= shortcut.implied_restrictions
        ),
        full_predicate,
    )


def can_read_personal_details(client: Client, user: Actor) -> bool:
    """Query whether the user may read this client's personal details.

    With the permission to edit, the user may also change them.
    """
    predicate = personal_details_visible_to(user)
    if isinstance(predicate, True_):
        return True
    return bool(db.session.scalar(select(exists().where(Client.id == client.id, predicate))))


def get_edit_refusal(record: Client | Household, user: Actor) -> Any | None:
    """Return why the user may not change the client, or a member's household; None if allowed."""
    if record not in db.session:
        return None
    matches_record = (
        Client.id == record.id if isinstance(record, Client) else Client.household_id == record.id
    )
    for restriction in edit_restrictions:
        predicate = restriction.predicate(user)
        if isinstance(predicate, True_):
            continue
        if db.session.scalar(select(exists().where(matches_record, ~predicate))):
            return restriction.message
    return None


def build_public_search_text() -> ColumnElement[Any]:
    """Search text for users who may not read the personal details: name, number and NIK."""
    number = func.coalesce(Client.system_number, "")
    return fold_column(Client.name) + " " + number + " " + func.coalesce(Client.nik, "")


def households_visible_to(user: Actor) -> ColumnElement[bool]:
    """Predicate on `Household`: all staff, unless it would reveal a client.

    Label and address would give away a hidden client, or one whose personal details the user may not read.
    """
    if not has_role(user, *STAFF_ROLES):
        return false()
    visible = clients_fully_visible_to(user)
    member = Client.household_id == Household.id
    head = and_(member, Client.household_role == HouseholdRole.head, Client.archived_at.is_(None))
    # A visible head is a visible member, so most households need only this first subquery.
    return or_(
        correlated_exists(Household, head, visible),
        and_(
            ~correlated_exists(Household, head),
            or_(~correlated_exists(Household, member), correlated_exists(Household, member, visible)),
        ),
    )


def list_visible_holders(client: Client, user: Actor) -> list[Client]:
    """Return the other clients in use with the same NIK whom the user sees; [] if archived."""
    if client.archived_at is not None:
        return []
    holders = [holder for holder in _list_other_holders(client, client.nik) if holder.archived_at is None]
    visible_ids = _get_visible_ids(holders, user)
    return [holder for holder in holders if holder.id in visible_ids]


def can_settle_nik(client: Client, user: Actor) -> bool:
    """Return whether the client's NIK is in check and the user sees another holder."""
    return client.nik_in_check and bool(list_visible_holders(client, user))


def _list_other_holders(client: Client, nik: str | None) -> list[Client]:
    """Return the other clients with this NIK, those whose NIK is not in check first."""
    if not nik:
        return []
    with db.session.no_autoflush:
        query = select(Client).where(Client.nik == nik, Client.merged_into_id.is_(None))
        holders = db.session.scalars(query.order_by(Client.nik_in_check, Client.id))
        return [holder for holder in holders if holder is not client]


def _get_visible_ids(clients: Sequence[Client], user: Actor) -> set[int]:
    if not clients:
        return set()
    ids = [client.id for client in clients]
    with db.session.no_autoflush:
        return set(db.session.scalars(select(Client.id).where(Client.id.in_(ids), clients_visible_to(user))))
