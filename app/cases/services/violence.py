"""What stops the 72-hour deadline for reporting sexual violence."""

from flask_babel import gettext as _

from app.cases.enums import ServiceKind
from app.cases.event_types import VIOLENCE_REPORTED
from app.cases.models.case import Case
from app.cases.models.entries import Service
from app.cases.services.events import record_event
from app.cases.services.rules import require_team_or_admin
from app.cases.transitions import CASE_TRANSITIONS
from app.core import clock
from app.core.actor import Actor
from app.core.checks import require_text
from app.core.errors import Conflict
from app.core.transitions import get_transition
from app.db.records import lock_and_check_version
from app.partners.enums import PartnerKind


def record_police_report(case: Case, *, police_report_number: str, by: Actor) -> Case:
    """Record the number of the police report, which stops the 72-hour deadline."""
    lock_and_check_version(case)
    require_team_or_admin(case, by)
    get_transition(CASE_TRANSITIONS, "police_report").check_allowed(case)
    if case.police_report_number is not None:
        raise Conflict(_("The number of the police report is recorded already."))
    case.police_report_number = require_text(police_report_number, "police_report_number")
    case.violence_reported_at = case.violence_reported_at or clock.now()
    record_event(case, VIOLENCE_REPORTED, by=by, source=case)
    return case


def stop_reporting_deadline(service: Service) -> None:
    """Stop the 72-hour deadline if the service is a referral to UPTD PPA."""
    case, partner = service.case, service.partner
    if (
        service.kind is not ServiceKind.referral
        or partner is None
        or partner.kind is not PartnerKind.uptd_ppa
    ):
        return
    case.violence_reported_at = min(case.violence_reported_at or service.happened_at, service.happened_at)
