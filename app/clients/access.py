"""Who sees which clients, households and consents."""

from sqlalchemy import ColumnElement

from app.clients.models import Client, Consent, Household
from app.clients.nik_check import can_settle
from app.clients.visibility import (
    Shortcut,
    can_read_personal_details,
    detail_restrictions,
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
    "Shortcut",
    "can_read_personal_details",
    "consents_visible_to",
    "detail_restrictions",
    "households_visible_to",
    "may_edit",
    "may_edit_consent",
    "may_move",
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
    """Let a NIK in check be settled by who sees both clients alone."""
    return move not in ("clear_nik", "archive_duplicate") or can_settle(client, user)


def may_edit(record: Client | Household, user: Actor) -> bool:  # noqa: ARG001
    """An archived record is read only until it is restored."""
    return record.archived_at is None


def may_edit_consent(consent: Consent, user: Actor) -> bool:  # noqa: ARG001
    """What was withdrawn stays as it was."""
    return consent.withdrawn_at is None
