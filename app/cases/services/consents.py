"""What the withdrawal of a consent leaves in the books of the client's open cases."""

from sqlalchemy import select

from app.cases.models import Case
from app.cases.services.events import record
from app.cases.states import CaseStatus, EventKind
from app.clients.models import Consent
from app.clients.services import withdrawal_hooks
from app.core.actor import Actor
from app.extensions import db


def record_withdrawal(consent: Consent, by: Actor) -> None:
    """Record the withdrawal in every open case of the client, also in those that the user does not see."""
    of_client = select(Case).where(Case.client_id == consent.client_id, Case.status != CaseStatus.closed)
    for case in db.session.scalars(of_client.order_by(Case.id)):
        told = {"consent": consent.purpose, "consent_id": consent.id}
        record(case, EventKind.consent_withdrawn, by=by, source=consent, data=told)


withdrawal_hooks.append(record_withdrawal)
