"""Policies of clients, households and consents: visibility, editing, transitions and phone calls."""

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
    """Predicate on `Consent`: the user sees its client and may read the personal details."""
    return correlated_exists(Consent, Client.id == Consent.client_id, clients_fully_visible_to(user))


def can_transition(client: Client, user: Actor, transition_name: str) -> bool:
    """Return whether the user may run the transition on the client.

    Only a user who sees both clients may settle a NIK in check. An edit restriction forbids every transition.
    """
    if transition_name in ("clear_nik", "archive_duplicate") and not can_settle_nik(client, user):
        return False
    return get_edit_refusal(client, user) is None


def can_transition_household(household: Household, user: Actor, transition_name: str) -> bool:  # noqa: ARG001
    """Allow archiving and restoring unless an edit restriction protects a member."""
    return get_edit_refusal(household, user) is None


def can_edit(record: Client | Household, user: Actor) -> bool:
    """Refuse an archived record, and one that an edit restriction protects."""
    return record.archived_at is None and get_edit_refusal(record, user) is None


def can_edit_consent(consent: Consent, user: Actor) -> bool:
    """Refuse a withdrawn consent, and one whose client an edit restriction protects."""
    return consent.withdrawn_at is None and get_consent_refusal(consent, user) is None


def can_transition_consent(consent: Consent, user: Actor, transition_name: str) -> bool:  # noqa: ARG001
    """Allow users who may change the client to withdraw a consent."""
    return get_consent_refusal(consent, user) is None


def get_consent_refusal(consent: Consent, user: Actor) -> Any | None:
    """Return why the user may not change the consent's client, or None."""
    return get_edit_refusal(consent.client, user)


risk_predicates = Registry[Callable[[], ColumnElement[bool]]]("clients at risk of a call", required=True)
"""Extension point: upper rooms register predicates on `Client`.

The phones of a client who meets one are offered for a call only after somebody has answered whether that is
safe. The answer must not depend on the user: a colleague who may not know the reason would be the one who
calls.
"""


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
        link=(f"/clients/edit/{client.id}", _("Answer the question")) if is_editable else None,
    )
