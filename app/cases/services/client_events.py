"""What happens to a client of an open limited case, in the book of that case."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from app.cases.models import Case
from app.cases.services.events import record
from app.cases.states import EventKind
from app.cases.visibility import is_limited_case_of
from app.clients import signals
from app.clients.models import Client, Consent
from app.core.actor import Actor
from app.extensions import db


def limited_cases(client: Client) -> Iterable[Case]:
    """Return the open limited cases of the client, as main client or as another person, in order of id."""
    return db.session.scalars(select(Case).where(is_limited_case_of(client)).order_by(Case.id)).all()


@signals.client_details_changed.connect
def record_details_changed(client: Client, *, columns: Sequence[str], by: Actor) -> None:
    """Record which columns changed, never their values."""
    for case in limited_cases(client):
        record(
            case,
            EventKind.client_details_changed,
            by=by,
            source=client,
            data={"columns": list(columns), "client_id": client.id},
        )


@signals.consent_given.connect
def record_consent_given(consent: Consent, *, by: Actor) -> None:
    """Record that a consent was given."""
    _record_consent(EventKind.consent_given, consent, by)


@signals.consent_withdrawn.connect
def record_consent_withdrawn(consent: Consent, *, by: Actor) -> None:
    """Record that a consent was withdrawn; why stands in the consent."""
    _record_consent(EventKind.consent_withdrawn, consent, by)


def _record_consent(kind: EventKind, consent: Consent, by: Actor) -> None:
    data: dict[str, Any] = {"consent": consent.purpose, "client_id": consent.client_id}
    for case in limited_cases(consent.client):
        record(case, kind, by=by, source=consent, data=data)
