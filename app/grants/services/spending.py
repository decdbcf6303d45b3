"""Services of expenditures: propose, approve, reject, attach evidence, reverse by an opposite entry."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.cases.models.case import Case
from app.clients.queries import lock_members
from app.core import clock
from app.core.actor import ADMIN, Actor, has_role
from app.core.errors import Conflict, PortalError
from app.core.formats import format_day, format_rupiah
from app.core.records import RecordLink, RecordRef
from app.core.transitions import get_transition
from app.db.records import lock, lock_and_check_version
from app.db.search import build_search_text
from app.extensions import db
from app.grants.enums import Purpose
from app.grants.event_types import (
    EVIDENCE_ATTACHED,
    EXPENDITURE_APPROVED,
    EXPENDITURE_PROPOSED,
    EXPENDITURE_REJECTED,
    EXPENDITURE_REVERSED,
)
from app.grants.models.money import Commitment, Expenditure
from app.grants.services.commitments import record_entry_event, require_case_for_client_aid
from app.grants.services.rules import (
    get_state_by_disbursements,
    lock_case_and_grant,
    require_allowed_purpose,
    require_available_amount,
    require_case_for_spending,
    require_date_in_fiscal_year,
    require_open_posting_period,
    require_reason,
    require_spendable_grant,
)
from app.grants.transitions import (
    COMMITMENT_TRANSITIONS,
    EXPENDITURE_TRANSITIONS,
    CommitmentState,
    ExpenditureState,
    GrantState,
)


def build_expenditure_search_text(item: Expenditure) -> str | None:
    """Return the quick search text: description and number of the receipt.

    The description is left out if there is a case: then the case leads to the expenditure.
    """
    description = None if item.has_case else item.description
    return build_search_text(description, item.evidence_number) or None


def propose_expenditure(data: Mapping[str, Any], *, by: Actor) -> Expenditure:
    """Propose an expenditure; the entry of an administrator is approved at once."""
    expenditure = create_expenditure(data, by=by)
    is_approved = expenditure.state is ExpenditureState.approved
    record_entry_event(
        EXPENDITURE_APPROVED if is_approved else EXPENDITURE_PROPOSED,
        expenditure,
        by=by,
    )
    return expenditure


def spend_commitment(
    commitment: Commitment,
    *,
    amount: int,
    spent_on: date,
    description: str,
    late_reason: str | None = None,
    by: Actor,
) -> Expenditure:
    """Propose to spend reserved money; the approval frees what the expenditure does not need."""
    _lock_household(commitment.case, commitment.purpose)
    lock_case_and_grant(commitment.grant, commitment.case)
    lock_and_check_version(commitment)
    get_transition(COMMITMENT_TRANSITIONS, "spend").check_allowed(commitment)
    return propose_expenditure(
        {
            "grant": commitment.grant,
            "case": commitment.case,
            "commitment": commitment,
            "purpose": commitment.purpose,
            "amount": amount,
            "spent_on": spent_on,
            "description": description,
            "late_reason": late_reason,
        },
        by=by,
    )


def create_expenditure(data: Mapping[str, Any], *, by: Actor) -> Expenditure:
    """Create an expenditure without an event, for services that record an event of their own."""
    commitment = data.get("commitment")
    case = data.get("case") or (commitment.case if commitment is not None else None)
    grant, purpose = data["grant"], data["purpose"]
    require_case_for_spending(case, by)
    _lock_household(case, purpose)
    lock_case_and_grant(grant)
    _require_matching_commitment(commitment, {**data, "case": case})
    require_spendable_grant(grant)
    require_allowed_purpose(grant, purpose)
    require_case_for_client_aid(purpose, case)
    spent_on = data.get("spent_on") or clock.today()
    require_date_in_fiscal_year(grant, spent_on, "spent_on", data.get("late_reason"))
    require_available_amount(
        grant, data["amount"], is_expenditure=True, released_amount=_get_reserved_amount(commitment)
    )
    values = {**data, "case": case, "spent_on": spent_on}
    if has_role(by, ADMIN):
        _mark_commitment_spent(commitment)
        values |= {"state": ExpenditureState.approved, "posted_on": clock.today()}
    return _insert_expenditure(values)


def _lock_household(case: Case | None, purpose: Purpose) -> None:
    """Lock the case and the client's household before client aid.

    Aid to another case of the household waits: its service checks what the household has received so far.
    """
    if case is not None and purpose is Purpose.client_aid:
        lock(case)
        lock_members(case.client)


def _insert_expenditure(values: Mapping[str, Any]) -> Expenditure:
    expenditure = Expenditure(**values)
    expenditure.search_text = build_expenditure_search_text(expenditure)
    db.session.add(expenditure)
    db.session.flush()
    return expenditure


def approve_expenditure(item: Expenditure, *, by: Actor) -> Expenditure:
    """Approve the expenditure: from here on it counts."""
    _begin_transition(item, "approve")
    item.late_reason = item.late_reason or _get_late_approval_reason(item)
    require_spendable_grant(item.grant)
    require_allowed_purpose(item.grant, item.purpose)
    require_open_posting_period(item.grant, item.late_reason)
    require_available_amount(
        item.grant, item.amount, is_expenditure=True, released_amount=_get_reserved_amount(item.commitment)
    )
    _mark_commitment_spent(item.commitment)
    item.posted_on, item.state = clock.today(), ExpenditureState.approved
    db.session.flush()
    record_entry_event(EXPENDITURE_APPROVED, item, by=by)
    return item


def _get_late_approval_reason(item: Expenditure) -> str | None:
    """Return a reason for the late posting if only the approval came after the fiscal year."""
    proposed_on = item.created_at.astimezone(clock.WITA).date()
    if (
        item.grant.fiscal_year is None
        or not proposed_on.year == item.grant.fiscal_year < clock.current_year()
    ):
        return None
    return str(_("Proposed on %(day)s, approved after the end of the year.", day=format_day(proposed_on)))


def reject_expenditure(item: Expenditure, *, reason: str, by: Actor) -> Expenditure:
    """Reject the proposal, with a reason, and record an event of its case."""
    withdraw_expenditure(item, reason=reason)
    record_entry_event(EXPENDITURE_REJECTED, item, by=by, reason=item.reason)
    return item


def withdraw_expenditure(item: Expenditure, *, reason: str) -> None:
    """Reject a proposal without an event, for services that record an event of their own."""
    _begin_transition(item, "reject")
    item.reason, item.state = require_reason(reason), ExpenditureState.rejected
    db.session.flush()


def reverse_expenditure(item: Expenditure, *, reason: str, by: Actor) -> Expenditure:
    """Correct an expenditure by an opposite entry; both stay on record and count no more.

    An absorbed grant becomes spendable again.
    """
    _begin_transition(item, "reverse")
    reason = require_reason(reason)
    require_spendable_grant(item.grant, correction=True)
    require_open_posting_period(item.grant, reason)
    item.reason, item.state = reason, ExpenditureState.reversed
    db.session.flush()
    reversal_data = {
        "grant": item.grant,
        "case": item.case,
        "purpose": item.purpose,
        "amount": item.amount,
        "spent_on": item.spent_on,
        "description": item.description,
        "state": ExpenditureState.reversed,
        "reverses": item,
        "reason": reason,
        "late_reason": reason,
        "posted_on": clock.today(),
    }
    _insert_expenditure(reversal_data)
    if item.grant.state is GrantState.absorbed:
        item.grant.state = get_state_by_disbursements(item.grant)
    db.session.flush()
    record_entry_event(EXPENDITURE_REVERSED, item, by=by, reason=reason)
    return item


def attach_evidence(
    item: Expenditure, *, evidence: str | None = None, evidence_number: str, evidence_on: date, by: Actor
) -> Expenditure:
    """Attach the receipt: file, number and day. Refused once the LPJ of the grant was handed in."""
    _begin_transition(item, "evidence")
    if item.grant.state in (GrantState.accounted, GrantState.closed):
        raise Conflict(_("The LPJ of this grant was handed in: its evidence can only be read."))
    if evidence is None:
        raise PortalError(_("Choose the file of the receipt."), field="evidence")
    if evidence_on > clock.today():
        raise PortalError(_("This day is still to come."), field="evidence_on")
    item.evidence, item.evidence_number, item.evidence_on = evidence, evidence_number, evidence_on
    item.search_text = build_expenditure_search_text(item)
    db.session.flush()
    record_entry_event(EVIDENCE_ATTACHED, item, by=by)
    return item


def _begin_transition(item: Expenditure, transition_name: str) -> None:
    lock_case_and_grant(item.grant, item.case)
    lock_and_check_version(item)
    get_transition(EXPENDITURE_TRANSITIONS, transition_name).check_allowed(item)


def _get_reserved_amount(commitment: Commitment | None) -> int:
    return commitment.counted_amount if commitment is not None else 0


def _mark_commitment_spent(commitment: Commitment | None) -> None:
    if commitment is None:
        return
    if commitment.state is not CommitmentState.open:
        raise Conflict(
            _("This commitment now says “%(state)s”.", state=str(commitment.state.value)),
            link=RecordLink(RecordRef(Commitment, commitment.id), _("Open the commitment")),
        )
    commitment.state = CommitmentState.spent
    db.session.flush()


def _require_matching_commitment(commitment: Commitment | None, data: Mapping[str, Any]) -> None:
    """Raise if the commitment is for another grant, case or purpose, or is no longer open."""
    if commitment is None:
        return
    db.session.refresh(commitment)
    is_matching = all(getattr(commitment, name) == data[name] for name in ("grant", "case", "purpose"))
    if not is_matching:
        raise PortalError(_("This commitment is for another grant, case or purpose."), field="commitment")
    if commitment.state is not CommitmentState.open:
        raise PortalError(
            _("This commitment now says “%(state)s”.", state=str(commitment.state.value)), field="commitment"
        )


def list_expenditure_blockers(case: Case) -> list[RecordLink]:
    """Return the proposed expenditures of the case: they block its closing."""
    query = db.select(Expenditure).filter_by(case_id=case.id, state=ExpenditureState.proposed)
    return [
        RecordLink(
            RecordRef(Expenditure, expenditure.id),
            _("Proposed spending: %(amount)s", amount=format_rupiah(expenditure.amount)),
        )
        for expenditure in db.session.scalars(query.order_by(Expenditure.id))
    ]
