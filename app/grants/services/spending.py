"""Spending: proposed or at once approved, proved by evidence, corrected by the opposite entry."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.cases.models import Case
from app.cases.services.rules import lock, must_be_as_seen
from app.cases.standing import Standing, closing_checks
from app.cases.states import EventKind
from app.clients.household import lock_members
from app.core import clock
from app.core.actor import ADMIN, Actor, has_role
from app.core.display import day, rupiah
from app.core.errors import Conflict, PortalError
from app.core.moves import move_named
from app.core.search import search_text
from app.extensions import db
from app.grants.choices import Purpose
from app.grants.models import Commitment, Expenditure
from app.grants.services.commitments import must_name_case, tell
from app.grants.services.rules import (
    lock_pot,
    must_allow,
    must_be_in_time,
    must_be_in_year,
    must_concern,
    must_cover,
    must_take_money,
    reason_given,
    state_after_disbursements,
)
from app.grants.states import (
    COMMITMENT_MOVES,
    EXPENDITURE_MOVES,
    CommitmentState,
    ExpenditureState,
    GrantState,
)

_K = EventKind


def expenditure_search_text(item: Expenditure) -> str | None:
    """Give what the quick search finds it by; what was spent for a case is found through the case."""
    description = None if item.concerns_case else item.description
    return search_text(description, item.evidence_number) or None


def propose_expenditure(data: Mapping[str, Any], *, by: Actor) -> Expenditure:
    """Propose spending; an administrator's entry is approved at once."""
    expenditure = enter_expenditure(data, by=by)
    approved = expenditure.state is ExpenditureState.approved
    tell(_K.expenditure_approved if approved else _K.expenditure_proposed, expenditure, by=by)
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
    """Propose to spend what was reserved; once approved, what it did not need falls free."""
    _lock_household(commitment.case, commitment.purpose)
    lock_pot(commitment.grant, commitment.case)
    must_be_as_seen(commitment)
    move_named(COMMITMENT_MOVES, "spend").check(commitment)
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


def enter_expenditure(data: Mapping[str, Any], *, by: Actor) -> Expenditure:
    """Do the same without telling it: for verbs above that tell their own event."""
    commitment = data.get("commitment")
    case = data.get("case") or (commitment.case if commitment is not None else None)
    grant, purpose = data["grant"], data["purpose"]
    must_concern(case, by)
    _lock_household(case, purpose)
    lock_pot(grant)
    _must_fit(commitment, {**data, "case": case})
    must_take_money(grant)
    must_allow(grant, purpose)
    must_name_case(purpose, case)
    spent_on = data.get("spent_on") or clock.today()
    must_be_in_year(grant, spent_on, "spent_on", data.get("late_reason"))
    must_cover(grant, data["amount"], spends=True, freed=_freed(commitment))
    values = {**data, "case": case, "spent_on": spent_on}
    if has_role(by, ADMIN):
        _use_up(commitment)
        values |= {"state": ExpenditureState.approved, "posted_on": clock.today()}
    return _entered(values)


def _lock_household(case: Case | None, purpose: Purpose) -> None:
    """Let aid to another case of the household wait: it asks what the household got so far."""
    if case is not None and purpose is Purpose.client_aid:
        lock(case)
        lock_members(case.client)


def _entered(values: Mapping[str, Any]) -> Expenditure:
    expenditure = Expenditure(**values)
    expenditure.search_text = expenditure_search_text(expenditure)
    db.session.add(expenditure)
    db.session.flush()
    return expenditure


def approve_expenditure(item: Expenditure, *, by: Actor) -> Expenditure:
    """Let the money be spent: from here on it counts."""
    _begin(item, "approve")
    item.late_reason = item.late_reason or _approved_late(item)
    must_take_money(item.grant)
    must_allow(item.grant, item.purpose)
    must_be_in_time(item.grant, item.late_reason)
    must_cover(item.grant, item.amount, spends=True, freed=_freed(item.commitment))
    _use_up(item.commitment)
    item.posted_on, item.state = clock.today(), ExpenditureState.approved
    db.session.flush()
    tell(_K.expenditure_approved, item, by=by)
    return item


def _approved_late(item: Expenditure) -> str | None:
    """Say why it is late when it was proposed in its year and only the approval came after."""
    proposed = item.created_at.astimezone(clock.WITA).date()
    if item.grant.fiscal_year is None or not proposed.year == item.grant.fiscal_year < clock.year():
        return None
    return str(_("Proposed on %(day)s, approved after the end of the year.", day=day(proposed)))


def reject_expenditure(item: Expenditure, *, reason: str, by: Actor) -> Expenditure:
    """Say why the money is not spent."""
    withdraw_expenditure(item, reason=reason)
    tell(_K.expenditure_rejected, item, by=by, reason=item.reason)
    return item


def withdraw_expenditure(item: Expenditure, *, reason: str) -> None:
    """Reject a proposal without telling it: for verbs above that tell their own event."""
    _begin(item, "reject")
    item.reason, item.state = reason_given(reason), ExpenditureState.rejected
    db.session.flush()


def reverse_expenditure(item: Expenditure, *, reason: str, by: Actor) -> Expenditure:
    """Correct what was spent by the opposite entry; both stay on record and count no more."""
    _begin(item, "reverse")
    reason = reason_given(reason)
    must_take_money(item.grant, correction=True)
    must_be_in_time(item.grant, reason)
    item.reason, item.state = reason, ExpenditureState.reversed
    db.session.flush()
    opposite = {
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
    _entered(opposite)
    if item.grant.state is GrantState.absorbed:
        item.grant.state = state_after_disbursements(item.grant)
    db.session.flush()
    tell(_K.expenditure_reversed, item, by=by, reason=reason)
    return item


def attach_evidence(
    item: Expenditure, *, evidence: str | None = None, evidence_number: str, evidence_on: date, by: Actor
) -> Expenditure:
    """Prove what was spent by a receipt: file, number and day."""
    _begin(item, "evidence")
    if item.grant.state in (GrantState.accounted, GrantState.closed):
        raise Conflict(_("The LPJ of this grant was handed in: its evidence can only be read."))
    if evidence is None:
        raise PortalError(_("Choose the file of the receipt."), field="evidence")
    if evidence_on > clock.today():
        raise PortalError(_("This day is still to come."), field="evidence_on")
    item.evidence, item.evidence_number, item.evidence_on = evidence, evidence_number, evidence_on
    item.search_text = expenditure_search_text(item)
    db.session.flush()
    tell(_K.evidence_attached, item, by=by)
    return item


def _begin(item: Expenditure, move: str) -> None:
    lock_pot(item.grant, item.case)
    must_be_as_seen(item)
    move_named(EXPENDITURE_MOVES, move).check(item)


def _freed(commitment: Commitment | None) -> int:
    return commitment.counted if commitment is not None else 0


def _use_up(commitment: Commitment | None) -> None:
    if commitment is None:
        return
    if commitment.state is not CommitmentState.open:
        raise Conflict(
            _("This commitment now says “%(state)s”.", state=str(commitment.state.value)),
            link=(f"/commitments/show/{commitment.id}", _("Open the commitment")),
        )
    commitment.state = CommitmentState.spent
    db.session.flush()


def _must_fit(commitment: Commitment | None, data: Mapping[str, Any]) -> None:
    """Refuse a commitment of another grant, case or purpose, and one that holds nothing any more."""
    if commitment is None:
        return
    db.session.refresh(commitment)
    same = all(getattr(commitment, name) == data[name] for name in ("grant", "case", "purpose"))
    if not same:
        raise PortalError(_("This commitment is for another grant, case or purpose."), field="commitment")
    if commitment.state is not CommitmentState.open:
        raise PortalError(
            _("This commitment now says “%(state)s”.", state=str(commitment.state.value)), field="commitment"
        )


def waiting_proposals(case: Case) -> list[Standing]:
    """List the spending for the case that nobody has approved or rejected."""
    query = db.select(Expenditure).filter_by(case_id=case.id, state=ExpenditureState.proposed)
    return [
        Standing(_("Proposed spending: %(amount)s", amount=rupiah(one.amount)), "expenditures", one.id)
        for one in db.session.scalars(query.order_by(Expenditure.id))
    ]


closing_checks.append(waiting_proposals)
