"""Who sees which clients, households and consents."""

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_

from app.clients.choices import SafeToContact
from app.clients.models import Client, Consent, Household
from app.clients.visibility import (
    can_read_personal_details,
    detail_restrictions,
    households_visible_to,
    personal_details_visible_to,
    public_search_text,
    restrictions,
)
from app.clients.visibility import clients_visible_to as visible_to
from app.core.actor import Actor
from app.core.asking import each
from app.core.phones import FREE_TO_CALL, CallRule

__all__ = [
    "call_rule",
    "can_read_personal_details",
    "consents_visible_to",
    "detail_restrictions",
    "households_visible_to",
    "may_edit",
    "may_edit_consent",
    "personal_details_visible_to",
    "public_search_text",
    "restrictions",
    "visible_to",
]


def consents_visible_to(user: Actor) -> ColumnElement[bool]:
    """Consents of the clients whom the user sees and whose personal details he reads."""
    readable = and_(visible_to(user), personal_details_visible_to(user))
    return each(Consent, Client.id == Consent.client_id, readable)


def call_rule(client: Client, column: str) -> CallRule:
    """Whether the client's own phone may be rung: somebody dangerous may be the one who answers."""
    if column != "phone" or client.safe_to_contact in (None, SafeToContact.yes):
        return FREE_TO_CALL
    if client.safe_to_contact is SafeToContact.no:
        return CallRule(allowed=False, note=_("Do not call this number: it could harm the client."))
    return CallRule(allowed=True, note=_("Ask before calling: read the note on contact first."))


def may_edit(record: Client | Household, user: Actor) -> bool:  # noqa: ARG001
    """An archived record is read only until it is restored."""
    return record.archived_at is None


def may_edit_consent(consent: Consent, user: Actor) -> bool:  # noqa: ARG001
    """What was withdrawn stays as it was."""
    return consent.withdrawn_at is None
