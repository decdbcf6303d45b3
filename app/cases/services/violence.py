"""The clock of 72 hours: what stops it."""

from flask_babel import gettext as _

from app.cases.choices import ServiceKind
from app.cases.models import Case, Service
from app.cases.services.events import record
from app.cases.services.rules import must_be_as_seen, must_work_on, said
from app.cases.states import CASE_MOVES, EventKind
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.moves import move_named
from app.partners.choices import PartnerKind


def report_to_police(case: Case, *, police_report_number: str, by: Actor) -> Case:
    """Keep the number of the police report: the clock of 72 hours stops."""
    must_be_as_seen(case)
    must_work_on(case, by)
    move_named(CASE_MOVES, "police_report").check(case)
    if case.police_report_number is not None:
        raise Conflict(_("The number of the police report is recorded already."))
    case.police_report_number = said(police_report_number, "police_report_number")
    case.violence_reported_at = case.violence_reported_at or clock.now()
    record(case, EventKind.violence_reported, by=by, source=case)
    return case


def stop_clock_of(service: Service) -> None:
    """Let a referral to UPTD PPA stop the clock as well."""
    case, partner = service.case, service.partner
    if (
        service.kind is not ServiceKind.referral
        or partner is None
        or partner.kind is not PartnerKind.uptd_ppa
    ):
        return
    case.violence_reported_at = min(case.violence_reported_at or service.happened_at, service.happened_at)
