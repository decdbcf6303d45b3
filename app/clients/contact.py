"""Whether a phone that the portal keeps may be called or written to: somebody dangerous may answer it."""

from collections.abc import Callable

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, or_, select

from app.clients.choices import SafeToContact
from app.clients.models import Client
from app.core.phones import FREE_TO_CALL, CallRule
from app.extensions import db

at_risk: list[Callable[[], ColumnElement[bool]]] = []
"""Extension point: rooms above append predicates on `Client`.

The phones of who meets one are offered for a call only once somebody has answered whether that is safe.
The answer may not depend on who asks: a colleague who may not know why would be the one who calls.
"""


def is_at_risk(client: Client) -> bool:
    """Whether a call could harm the client, as far as rooms above know."""
    met = or_(*(predicate() for predicate in at_risk))
    return bool(at_risk) and bool(db.session.scalar(select(exists().where(Client.id == client.id, met))))


def call_rule(client: Client, column: str) -> CallRule:  # noqa: ARG001  one answer for all phones of a client
    """Rule for the client's own phone and that of parent or guardian: both may be answered at home."""
    if client.safe_to_contact is None and is_at_risk(client):
        return _unanswered(client)
    return rule_of(client.safe_to_contact)


def rule_of(answer: SafeToContact | None) -> CallRule:
    """Rule that follows from the answer alone; nobody answered: nothing is known against a call."""
    if answer is SafeToContact.no:
        return CallRule(allowed=False, note=_("Do not call this number: it could harm the client."))
    if answer is SafeToContact.ask_first:
        return CallRule(allowed=True, note=_("Ask before calling: read the note on contact first."))
    return FREE_TO_CALL


def _unanswered(client: Client) -> CallRule:
    # It says nothing of a case: who reads this may not know of it.
    note = _(
        "Is it safe to call this number? Nobody has answered that yet, so it cannot be called from here."
    )
    editable = client.archived_at is None
    return CallRule(
        allowed=False,
        note=note,
        link=(f"/clients/edit/{client.id}", _("Answer the question")) if editable else None,
    )
