"""Events in cases about changes to a client's details and consents."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from app.cases.enums import CaseStatus
from app.cases.event_types import CLIENT_DETAILS_CHANGED, CONSENT_GIVEN, CONSENT_WITHDRAWN
from app.cases.events import EventType
from app.cases.models.case import Case
from app.cases.policy import is_limited_case_of
from app.cases.services.events import record_event
from app.clients.models.client import Client, Consent
from app.core.actor import Actor
from app.extensions import db


def list_limited_cases(client: Client) -> Iterable[Case]:
    """Return the open limited cases of the client, as main client or as another person, in order of id."""
    return db.session.scalars(select(Case).where(is_limited_case_of(client)).order_by(Case.id)).all()


def record_details_changed(client: Client, *, columns: Sequence[str], by: Actor) -> None:
    """Record which columns changed, never their values, in the client's open limited cases."""
    for case in list_limited_cases(client):
        record_event(
            case,
            CLIENT_DETAILS_CHANGED,
            by=by,
            source=client,
            data={"columns": list(columns), "client_id": client.id},
        )


def record_consent_given(consent: Consent, *, by: Actor) -> None:
    """Record the consent in the client's open limited cases."""
    _record_consent_event(CONSENT_GIVEN, consent, by, list_limited_cases(consent.client))


def record_consent_withdrawn(consent: Consent, *, by: Actor) -> None:
    """Record the withdrawal in every open case of the client, also in those that the user does not see."""
    is_main_client = and_(Case.client_id == consent.client_id, Case.status != CaseStatus.closed)
    is_affected = or_(is_main_client, is_limited_case_of(consent.client))
    cases = db.session.scalars(select(Case).where(is_affected).order_by(Case.id)).all()
    _record_consent_event(CONSENT_WITHDRAWN, consent, by, cases)


def _record_consent_event(event_type: EventType, consent: Consent, by: Actor, cases: Iterable[Case]) -> None:
    """Record purpose and id; the reason of a withdrawal stays in the consent, which fewer may read."""
    data: dict[str, Any] = {"consent": consent.purpose, "consent_id": consent.id}
    for case in cases:
        record_event(case, event_type, by=by, source=consent, data={**data, "client_id": consent.client_id})
