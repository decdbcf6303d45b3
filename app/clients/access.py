"""Who sees which clients, households and consents."""

from typing import Any

from sqlalchemy import ColumnElement

from app.clients.models import Client, Consent, Household
from app.clients.nik_check import can_settle
from app.clients.visibility import (
    EditRestriction,
    Shortcut,
    can_read_personal_details,
    detail_restrictions,
    edit_refusal,
    edit_restrictions,
    households_visible_to,
    personal_details_visible_to,
    public_search_text,
    restrictions,
    shortcuts,
    whole_clients_visible_to,
)
from app.clients.visibility import clients_visible_to as visible_to
from app.core.actor import Actor
from app.core.asking import each

__all__ = [
    "EditRestriction",
    "Shortcut",
    "can_read_personal_details",
    "consents_visible_to",
    "detail_restrictions",
    "edit_refusal",
    "edit_restrictions",
    "explain_consent_refusal",
    "households_visible_to",
    "may_edit",
    "may_edit_consent",
    "may_move",
    "may_move_consent",
    "may_move_household",
    "personal_details_visible_to",
    "public_search_text",
    "restrictions",
    "shortcuts",
    "visible_to",
]


def consents_visible_to(user: Actor) -> ColumnElement[bool]:
    """Consents of the clients whom the user sees and whose personal details he reads."""
    return each(Consent, Client.id == Consent.client_id, whole_clients_visible_to(user))


def may_move(client: Client, user: Actor, move: str) -> bool:
    """Let a NIK in check be settled by who sees both clients alone; an edit restriction closes every move."""
    if move in ("clear_nik", "archive_duplicate") and not can_settle(client, user):
        return False
    return edit_refusal(client, user) is None


def may_move_household(household: Household, user: Actor, move: str) -> bool:  # noqa: ARG001
    """Let a household be archived and restored where no edit restriction protects one of its members."""
    return edit_refusal(household, user) is None


def may_edit(record: Client | Household, user: Actor) -> bool:
    """Refuse an archived record until it is restored, and one that an edit restriction protects."""
    return record.archived_at is None and edit_refusal(record, user) is None


def may_edit_consent(consent: Consent, user: Actor) -> bool:
    """What was withdrawn stays as it was; the edit restrictions of its client hold for a consent, too."""
    return consent.withdrawn_at is None and explain_consent_refusal(consent, user) is None


def may_move_consent(consent: Consent, user: Actor, move: str) -> bool:  # noqa: ARG001
    """Let a consent be withdrawn by whoever may change its client."""
    return explain_consent_refusal(consent, user) is None


def explain_consent_refusal(consent: Consent, user: Actor) -> Any | None:
    """Return why the user may not change the consent's client; None: nothing forbids it."""
    return edit_refusal(consent.client, user)
