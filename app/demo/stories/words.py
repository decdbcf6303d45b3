"""Short forms of services that several stories call."""

from app.cases.enums import Place, ServiceKind
from app.cases.models.case import Case
from app.cases.services.entries import give_service
from app.clients.enums import ConsentMethod, ConsentPurpose
from app.clients.models.client import Client
from app.clients.services.clients import record_consent
from app.core.actor import Actor


def record_service(case: Case, kind: ServiceKind, place: Place, narrative: str, by: Actor) -> None:
    """Record a service of the case, without partner and follow-up."""
    give_service({"case": case, "kind": kind, "place": place, "narrative": narrative}, by=by)


def record_written_consent(client: Client, purpose: ConsentPurpose, given_by: str, by: Actor) -> None:
    """Record a written consent of the client."""
    consent_data = {
        "client": client,
        "purpose": purpose,
        "method": ConsentMethod.written,
        "given_by": given_by,
    }
    record_consent(consent_data, by=by)
