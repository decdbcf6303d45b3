"""Services of commitments: reserve money of a grant, release it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from app.cases.events import EventType
from app.cases.models.case import Case
from app.cases.services.events import record_event
from app.core import clock
from app.core.actor import Actor
from app.core.errors import PortalError
from app.core.formats import format_rupiah
from app.core.records import RecordLink, RecordRef
from app.core.transitions import get_transition
from app.db.records import lock_and_check_version
from app.db.search import build_search_text
from app.extensions import db
from app.grants.enums import Purpose
from app.grants.event_types import COMMITMENT_MADE, COMMITMENT_RELEASED
from app.grants.models.money import Commitment
from app.grants.services.rules import (
    lock_case_and_grant,
    require_allowed_purpose,
    require_available_amount,
    require_case_for_spending,
    require_date_in_fiscal_year,
    require_reason,
    require_spendable_grant,
)
from app.grants.transitions import COMMITMENT_TRANSITIONS, CommitmentState


def build_commitment_search_text(commitment: Commitment) -> str | None:
    """Return the quick search text. None with a case: then the case leads to the commitment."""
    return None if commitment.has_case else build_search_text(commitment.description) or None


def open_commitment(data: Mapping[str, Any], *, by: Actor) -> Commitment:
    """Reserve money of a grant for something that is promised; the amount is in whole rupiah."""
    grant, case = data["grant"], data.get("case")
    require_case_for_spending(case, by)
    lock_case_and_grant(grant)
    require_spendable_grant(grant)
    require_allowed_purpose(grant, data["purpose"])
    require_case_for_client_aid(data["purpose"], case)
    committed_on = data.get("committed_on") or clock.today()
    require_date_in_fiscal_year(grant, committed_on, "committed_on", data.get("late_reason"))
    require_available_amount(grant, data["amount"], is_expenditure=False)
    commitment = Commitment(**{**data, "committed_on": committed_on})
    commitment.search_text = build_commitment_search_text(commitment)
    db.session.add(commitment)
    db.session.flush()
    record_entry_event(COMMITMENT_MADE, commitment, by=by)
    return commitment


def release_commitment(commitment: Commitment, *, reason: str, by: Actor) -> Commitment:
    """Release the reserved money, with a reason, and record an event of its case."""
    lock_case_and_grant(commitment.grant, commitment.case)
    lock_and_check_version(commitment)
    get_transition(COMMITMENT_TRANSITIONS, "release").check_allowed(commitment)
    commitment.reason = require_reason(reason)
    commitment.state = CommitmentState.released
    db.session.flush()
    record_entry_event(COMMITMENT_RELEASED, commitment, by=by, reason=commitment.reason)
    return commitment


def require_case_for_client_aid(purpose: Purpose, case: Case | None) -> None:
    """Raise PortalError if aid to clients names no case."""
    if purpose is Purpose.client_aid and case is None:
        raise PortalError(_("Aid to clients belongs to a case: say to which."), field="case")


def record_entry_event(event_type: EventType, entry: Any, *, by: Actor, **data: Any) -> None:
    """Record an event of the entry's case, with amount and purpose; nothing without a case."""
    if entry.case is not None:
        event_data = {"amount": entry.amount, "purpose": entry.purpose, **data}
        record_event(entry.case, event_type, by=by, source=entry, data=event_data)


def list_commitment_blockers(case: Case) -> list[RecordLink]:
    """Return the open commitments of the case: they block its closing."""
    query = db.select(Commitment).filter_by(case_id=case.id, state=CommitmentState.open)
    return [
        RecordLink(
            RecordRef(Commitment, commitment.id),
            _("Reserved: %(amount)s", amount=format_rupiah(commitment.amount)),
        )
        for commitment in db.session.scalars(query.order_by(Commitment.id))
    ]
