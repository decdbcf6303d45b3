"""Who sees which clients, households and consents."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, or_, select

from app.clients.enums import SafeToContact
from app.clients.models.client import Client, Consent, Household
from app.clients.visibility import (
    EditRestriction,
    VisibilityShortcut,
    build_public_search_text,
    can_read_personal_details,
    can_settle_nik,
    clients_fully_visible_to,
    detail_restrictions,
    edit_restrictions,
    get_edit_refusal,
    households_visible_to,
    personal_details_visible_to,
    visibility_restrictions,
    visibility_shortcuts,
)
from app.clients.visibility import clients_visible_to as visible_to
from app.core.actor import Actor
from app.core.phones import CALL_ALLOWED, CallRule
from app.core.registry import Registry
from app.db.query_hints import correlated_exists
from app.extensions import db

__all__ = [
    "EditRestriction",
    "VisibilityShortcut",
    "build_public_search_text",
    "can_edit",
    "can_edit_consent",
    "can_read_personal_details",
    "can_transition",
    "can_transition_consent",
    "can_transition_household",
    "consents_visible_to",
    "detail_restrictions",
    "edit_restrictions",
    "get_consent_refusal",
    "get_edit_refusal",
    "households_visible_to",
    "personal_details_visible_to",
    "visibility_restrictions",
    "visibility_shortcuts",
    "visible_to",
]


def consents_visible_to(user: Actor) -> ColumnElement[bool]:
    """Consents of the clients whom the user sees and whose personal details he reads."""
    return correlated_exists(Consent, Client.id == Consent.client_id, clients_fully_visible_to(user))


def can_transition(client: Client, user: Actor, transition_name: str) -> bool:
    """Let a NIK in check be settled by who sees both clients alone; an edit restriction closes every move."""
    if transition_name in ("clear_nik", "archive_duplicate") and not can_settle_nik(client, user):
        return False
    return get_edit_refusal(client, user) is None


def can_transition_household(household: Household, user: Actor, transition_name: str) -> bool:  # noqa: ARG001
    """Let a household be archived and restored where no edit restriction protects one of its members."""
    return get_edit_refusal(household, user) is None


def can_edit(record: Client | Household, user: Actor) -> bool:
    """Refuse an archived record until it is restored, and one that an edit restriction protects."""
    return record.archived_at is None and get_edit_refusal(record, user) is None


def can_edit_consent(consent: Consent, user: Actor) -> bool:
    """What was withdrawn stays as it was; the edit restrictions of its client hold for a consent, too."""
    return consent.withdrawn_at is None and get_consent_refusal(consent, user) is None


def can_transition_consent(consent: Consent, user: Actor, transition_name: str) -> bool:  # noqa: ARG001
    """Let a consent be withdrawn by whoever may change its client."""
    return get_consent_refusal(consent, user) is None


def get_consent_refusal(consent: Consent, user: Actor) -> Any | None:
    """Return why the user may not change the consent's client; None: nothing forbids it."""
    return get_edit_refusal(consent.client, user)


risk_predicates = Registry[Callable[[], ColumnElement[bool]]]("clients at risk of a call", required=True)
"""Extension point: rooms above append predicates on `Client`.

The phones of who meets one are offered for a call only once somebody has answered whether that is safe.
The answer may not depend on who asks: a colleague who may not know why would be the one who calls.
"""


def is_at_risk(client: Client) -> bool:
    """Whether a call could harm the client, as far as rooms above know."""
    met = or_(*(predicate() for predicate in risk_predicates))
    return bool(db.session.scalar(select(exists().where(Client.id == client.id, met))))


def get_call_rule(client: Client, column: str) -> CallRule:  # noqa: ARG001  one answer for all phones of a client
    """Rule for the client's own phone and that of parent or guardian: both may be answered at home."""
    if client.safe_to_contact is None and is_at_risk(client):
        return _build_unanswered_rule(client)
    return get_call_rule_for_answer(client.safe_to_contact)


def get_call_rule_for_answer(answer: SafeToContact | None) -> CallRule:
    """Rule that follows from the answer alone; nobody answered: nothing is known against a call."""
    if answer is SafeToContact.no:
        return CallRule(is_allowed=False, note=_("Do not call this number: it could harm the client."))
    if answer is SafeToContact.ask_first:
        return CallRule(is_allowed=True, note=_("Ask before calling: read the note on contact first."))
    return CALL_ALLOWED


def _build_unanswered_rule(client: Client) -> CallRule:
    # It says nothing of a case: who reads this may not know of it.
    note = _(
        "Is it safe to call this number? Nobody has answered that yet, so it cannot be called from here."
    )
    editable = client.archived_at is None
    return CallRule(
        is_allowed=False,
        note=note,
        link=(f"/clients/edit/{client.id}", _("Answer the question")) if editable else None,
    )
