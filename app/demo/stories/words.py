"""What every story says."""

from app.cases.choices import Place, ServiceKind
from app.cases.models import Case
from app.cases.services import (
    give_service,
)
from app.clients.choices import (
    ConsentMethod,
    ConsentPurpose,
)
from app.clients.models import Client
from app.clients.services import record_consent
from app.core.actor import Actor


def serve(case: Case, kind: ServiceKind, place: Place, narrative: str, by: Actor) -> None:
    """Write a service down."""
    give_service({"case": case, "kind": kind, "place": place, "narrative": narrative}, by=by)


def agree(client: Client, purpose: ConsentPurpose, given_by: str, by: Actor) -> None:
    """Write a consent down."""
    data = {"client": client, "purpose": purpose, "method": ConsentMethod.written, "given_by": given_by}
    record_consent(data, by=by)
