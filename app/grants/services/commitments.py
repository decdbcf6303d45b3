"""Reserving money: promised, and held back until it is spent or released."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from app.cases.enums import EventKind
from app.cases.models.case import Case
from app.cases.rules.closing_blockers import ClosingBlocker
from app.cases.services.events import record_event
from app.cases.services.rules import lock_and_check_version
from app.core import clock
from app.core.actor import Actor
from app.core.errors import PortalError
from app.core.formats import format_rupiah
from app.core.transitions import get_transition
from app.db.search import build_search_text
from app.extensions import db
from app.grants.enums import Purpose
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
    """Give what the quick search finds it by; what is reserved for a case is found through the case."""
    return None if commitment.has_case else build_search_text(commitment.description) or None


def open_commitment(data: Mapping[str, Any], *, by: Actor) -> Commitment:
    """Hold money of a grant back for something that is promised."""
    grant, case = data["grant"], data.get("case")
    require_case_for_spending(case, by)
    lock_case_and_grant(grant)
    require_spendable_grant(grant)
    require_allowed_purpose(grant, data["purpose"])
    require_case_for_client_aid(data["purpose"], case)
    day = data.get("committed_on") or clock.today()
    require_date_in_fiscal_year(grant, day, "committed_on", data.get("late_reason"))
    require_available_amount(grant, data["amount"], is_expenditure=False)
    commitment = Commitment(**{**data, "committed_on": day})
    commitment.search_text = build_commitment_search_text(commitment)
    db.session.add(commitment)
    db.session.flush()
    record_entry_event(EventKind.commitment_made, commitment, by=by)
    return commitment


def release_commitment(commitment: Commitment, *, reason: str, by: Actor) -> Commitment:
    """Give what was held back free again."""
    lock_case_and_grant(commitment.grant, commitment.case)
    lock_and_check_version(commitment)
    get_transition(COMMITMENT_TRANSITIONS, "release").check_allowed(commitment)
    commitment.reason = require_reason(reason)
    commitment.state = CommitmentState.released
    db.session.flush()
    record_entry_event(EventKind.commitment_released, commitment, by=by, reason=commitment.reason)
    return commitment


def require_case_for_client_aid(purpose: Purpose, case: Case | None) -> None:
    """Refuse aid to clients that names no client's case."""
    if purpose is Purpose.client_aid and case is None:
        raise PortalError(_("Aid to clients belongs to a case: say to which."), field="case")


def record_entry_event(kind: EventKind, entry: Any, *, by: Actor, **data: Any) -> None:
    """Write the event of an entry that concerns a case."""
    if entry.case is not None:
        told = {"amount": entry.amount, "purpose": entry.purpose, **data}
        record_event(entry.case, kind, by=by, source=entry, data=told)


def list_commitment_blockers(case: Case) -> list[ClosingBlocker]:
    """List the money that is still held back for the case."""
    query = db.select(Commitment).filter_by(case_id=case.id, state=CommitmentState.open)
    return [
        ClosingBlocker(_("Reserved: %(amount)s", amount=format_rupiah(one.amount)), "commitments", one.id)
        for one in db.session.scalars(query.order_by(Commitment.id))
    ]
