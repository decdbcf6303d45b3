"""Policies of clients, households and consents: what a user sees and may change, and who may be called.

Services ask them too, because an error must not reveal a hidden client.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, True_, and_, exists, false, func, or_, select, true

from app.clients.enums import HouseholdRole, SafeToContact
from app.clients.models.client import Client, Consent, Household
from app.core.actor import STAFF_ROLES, Actor, has_role
from app.core.phones import CALL_ALLOWED, CallRule
from app.core.records import RecordLink, RecordRef
from app.core.registry import Registry
from app.db.policy import Policy
from app.db.query_hints import correlated_exists
from app.db.search import fold_column
from app.extensions import db

T = TypeVar("T")

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


risk_predicates = Registry[Callable[[], ColumnElement[bool]]]("clients at risk of a call", required=True)
"""Extension point: upper rooms register predicates on `Client`.

The phones of a client who meets one are offered for a call only after somebody has answered whether that is
safe. The answer must not depend on the user: a colleague who may not know the reason would be the one who
calls.
"""


class EditRestrictedPolicy(Policy[T]):
    """Base of the policies of records that an edit restriction may protect: `explain_refusal` names it."""

    @classmethod
    def can_edit(cls, item: T, user: Actor) -> bool:
        """Refuse a protected record."""
        return cls.explain_refusal(item, user) is None

    @classmethod
    def can_transition(cls, item: T, user: Actor, name: str) -> bool:
        """Refuse every transition of a protected record."""
        return cls.explain_refusal(item, user) is None


class ClientPolicy(EditRestrictedPolicy[Client]):
    """Policy of clients. Archived ones remain visible and cannot be edited."""

    model = Client

    @classmethod
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match all clients for staff, without those that a restriction hides."""
        if not has_role(user, *STAFF_ROLES):
            return false()
        return and_(true(), *(restriction(user) for restriction in visibility_restrictions))

    @classmethod
    def can_edit(cls, client: Client, user: Actor) -> bool:
        """Refuse an archived client, and one that an edit restriction protects."""
        return client.archived_at is None and super().can_edit(client, user)

    @classmethod
    def can_transition(cls, client: Client, user: Actor, name: str) -> bool:
        """Allow only a user who sees both clients to settle a NIK in check."""
        if name in ("clear_nik", "archive_duplicate") and not can_settle_nik(client, user):
            return False
        return super().can_transition(client, user, name)

    @classmethod
    def explain_refusal(cls, client: Client, user: Actor) -> Any | None:
        """Return why the user may not change the client, or None."""
        return get_edit_refusal(client, user)


class HouseholdPolicy(EditRestrictedPolicy[Household]):
    """Policy of households: label and address must not reveal a member."""

    model = Household

    @classmethod
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match all households for staff, unless that would reveal a client.

        Label and address would give away a hidden client, or one whose personal details the user may not
        read.
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

    @classmethod
    def can_edit(cls, household: Household, user: Actor) -> bool:
        """Refuse an archived household, and one with a member whom an edit restriction protects."""
        return household.archived_at is None and super().can_edit(household, user)

    @classmethod
    def explain_refusal(cls, household: Household, user: Actor) -> Any | None:
        """Return why the user may not change a member, or None."""
        return get_edit_refusal(household, user)


class ConsentPolicy(EditRestrictedPolicy[Consent]):
    """Policy of consents: they follow their client's personal details."""

    model = Consent

    @classmethod
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match the consents of visible clients whose personal details the user may read."""
        return correlated_exists(Consent, Client.id == Consent.client_id, clients_fully_visible_to(user))

    @classmethod
    def can_edit(cls, consent: Consent, user: Actor) -> bool:
        """Refuse a withdrawn consent, and one whose client an edit restriction protects."""
        return consent.withdrawn_at is None and super().can_edit(consent, user)

    @classmethod
    def explain_refusal(cls, consent: Consent, user: Actor) -> Any | None:
        """Return why the user may not change the consent's client, or None."""
        return get_edit_refusal(consent.client, user)


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
    full_predicate = and_(ClientPolicy.visible_to(user), personal_details_visible_to(user))
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


def list_visible_holders(client: Client, user: Actor) -> list[Client]:
    """Return the other clients in use with the same NIK whom the user sees; [] if archived."""
    if client.archived_at is not None:
        return []
    holders = [holder for holder in list_other_holders(client, client.nik) if holder.archived_at is None]
    visible_ids = get_visible_ids(holders, user)
    return [holder for holder in holders if holder.id in visible_ids]


def can_settle_nik(client: Client, user: Actor) -> bool:
    """Return whether the client's NIK is in check and the user sees another holder."""
    return client.nik_in_check and bool(list_visible_holders(client, user))


def list_other_holders(client: Client, nik: str | None) -> list[Client]:
    """Return the other clients with this NIK, those whose NIK is not in check first."""
    if not nik:
        return []
    with db.session.no_autoflush:
        query = select(Client).where(Client.nik == nik, Client.merged_into_id.is_(None))
        holders = db.session.scalars(query.order_by(Client.nik_in_check, Client.id))
        return [holder for holder in holders if holder is not client]


def get_visible_ids(clients: Sequence[Client], user: Actor) -> set[int]:
    """Return the ids of those of the clients whom the user sees."""
    if not clients:
        return set()
    ids = [client.id for client in clients]
    with db.session.no_autoflush:
        return set(
            db.session.scalars(select(Client.id).where(Client.id.in_(ids), ClientPolicy.visible_to(user)))
        )


def is_at_risk(client: Client) -> bool:
    """Return whether a call could harm the client, by the registered predicates."""
    any_risk = or_(*(predicate() for predicate in risk_predicates))
    return bool(db.session.scalar(select(exists().where(Client.id == client.id, any_risk))))


def get_call_rule(client: Client, column: str) -> CallRule:  # noqa: ARG001  one answer for all phones of a client
    """Return the rule for the phones of the client and the guardian: both may be answered at home."""
    if client.safe_to_contact is None and is_at_risk(client):
        return _build_unanswered_rule(client)
    return get_call_rule_for_answer(client.safe_to_contact)


def get_call_rule_for_answer(answer: SafeToContact | None) -> CallRule:
    """Return the rule for this answer alone; without an answer nothing forbids a call."""
    if answer is SafeToContact.no:
        return CallRule(is_allowed=False, note=_("Do not call this number: it could harm the client."))
    if answer is SafeToContact.ask_first:
        return CallRule(is_allowed=True, note=_("Ask before calling: read the note on contact first."))
    return CALL_ALLOWED


def _build_unanswered_rule(client: Client) -> CallRule:
    # The note must not mention a case: the reader may not know of it.
    note = _(
        "Is it safe to call this number? Nobody has answered that yet, so it cannot be called from here."
    )
    is_editable = client.archived_at is None
    return CallRule(
        is_allowed=False,
        note=note,
        link=RecordLink(RecordRef(Client, client.id, "edit"), _("Answer the question"))
        if is_editable
        else None,
    )
