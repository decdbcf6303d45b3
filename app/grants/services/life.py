"""Services of a grant's transitions from proposal to closing, and the reversal of disbursements."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, PortalError
from app.core.formats import format_rupiah
from app.core.records import RecordLink, RecordRef
from app.core.transitions import get_transition
from app.db.records import create, lock_and_check_version, update
from app.extensions import db
from app.grants.enums import GrantForm
from app.grants.models.entry import MoneyEntry
from app.grants.models.money import Commitment, Disbursement, Expenditure
from app.grants.models.pots import Asset, Grant
from app.grants.queries.balance import get_balance
from app.grants.services.pots import add_asset, build_grant_search_text
from app.grants.services.rules import (
    lock_case_and_grant,
    require_date_in_fiscal_year,
    require_open_posting_period,
    require_reason,
    require_spendable_grant,
)
from app.grants.transitions import GRANT_TRANSITIONS, CommitmentState, ExpenditureState, GrantState


def budget_grant(item: Grant, *, by: Actor, document_number: str | None) -> Grant:
    """Mark the grant as budgeted, under the number of its document (DPA, NPHD)."""
    return _apply_transition(item, "budget", by=by, document_number=document_number)


def disburse_grant(
    item: Grant,
    *,
    amount: int | None,
    disbursed_on: date,
    disbursement_number: str | None = None,
    late_reason: str | None = None,
    by: Actor,
) -> Grant:
    """Record what arrived: money as a disbursement, goods as an asset. `amount` is in whole rupiah."""
    lock_and_check_version(item)
    get_transition(GRANT_TRANSITIONS, "disburse").check_allowed(item)
    require_date_in_fiscal_year(item, disbursed_on, "disbursed_on", late_reason)
    if item.form is GrantForm.in_kind:
        _receive_goods(item, amount, disbursed_on, by)
    else:
        if not amount or amount < 0:
            raise PortalError(_("Say how much arrived."), field="amount")
        _require_disbursed_covers_spent(item, amount)
        create(
            Disbursement,
            {
                "grant": item,
                "amount": amount,
                "disbursed_on": disbursed_on,
                "document_number": disbursement_number,
                "late_reason": late_reason,
            },
            by=by,
        )
    return _apply_transition(item, "disburse", by=by)


def _require_disbursed_covers_spent(item: Grant, amount: int) -> None:
    """Raise if less would have arrived than is spent already.

    Before the first disbursement only the ceiling limits spending; after it, so does what arrived.
    """
    balance = get_balance(item)
    if balance.spent > (balance.disbursed or 0) + amount:
        raise PortalError(
            _(
                "%(spent)s is spent already: less than that cannot have arrived.",
                spent=format_rupiah(balance.spent),
            ),
            field="amount",
        )


def _receive_goods(item: Grant, value: int | None, day: date, by: Actor) -> Asset:
    asset_data = {"grant": item, "name": item.name, "acquisition_value": value, "acquired_on": day}
    return add_asset(asset_data, by=by)


def reverse_disbursement(item: Disbursement, *, reason: str, by: Actor) -> Disbursement:
    """Correct a disbursement by an opposite entry.

    Raises Conflict if less would be left than is spent (without a ceiling: spent and reserved).
    """
    grant = item.grant
    lock_case_and_grant(grant)
    lock_and_check_version(item)
    require_spendable_grant(grant, correction=True)
    reason = require_reason(reason)
    require_open_posting_period(grant, reason)
    if item.reverses_id is not None or item.reversal is not None:
        raise Conflict(_("This was reversed already."))
    balance = get_balance(grant)
    remaining = (balance.remaining_disbursed or 0) - (balance.committed if balance.ceiling is None else 0)
    if item.amount > remaining:
        raise Conflict(
            _(
                "This cannot be reversed: %(spent)s is spent, and only %(left)s of what arrived is left.",
                spent=format_rupiah(balance.spent),
                left=format_rupiah(max(remaining, 0)),
            )
        )
    reversal_data = {
        "grant": grant,
        "amount": item.amount,
        "disbursed_on": item.disbursed_on,
        "document_number": item.document_number,
        "reverses": item,
        "reason": reason,
        "late_reason": reason,
    }
    create(Disbursement, reversal_data, by=by)
    db.session.refresh(item)
    return item


def absorb_grant(item: Grant, *, by: Actor) -> Grant:
    """Mark the spending as complete; no proposal and no reservation may be open any more."""
    lock_and_check_version(item)
    get_transition(GRANT_TRANSITIONS, "absorb").check_allowed(item)
    if item.form is GrantForm.cash:
        if not get_balance(item).spent:
            raise Conflict(_("Nothing was spent from this grant: record it as not realised instead."))
        _require_nothing_open(item)
    elif item.state is not GrantState.disbursed:
        raise Conflict(_("These goods have not arrived yet: record the disbursement first."))
    return _apply_transition(item, "absorb", by=by)


def account_grant(item: Grant, *, report_number: str | None, accounted_on: date | None, by: Actor) -> Grant:
    """Record that the LPJ was handed in; every approved expenditure needs its evidence."""
    lock_and_check_version(item)
    get_transition(GRANT_TRANSITIONS, "account").check_allowed(item)
    if accounted_on is not None and accounted_on > clock.today():
        raise PortalError(_("This day is still to come."), field="accounted_on")
    without_evidence = db.session.scalars(
        select(Expenditure)
        .filter_by(grant_id=item.id, state=ExpenditureState.approved, evidence=None)
        .order_by(Expenditure.id)
    ).all()
    if without_evidence:
        raise Conflict(
            _("The evidence of some spending is still missing:"),
            links=[
                RecordLink(RecordRef(Expenditure, expenditure.id), expenditure.label)
                for expenditure in without_evidence[:10]
            ],
        )
    return _apply_transition(item, "account", by=by, report_number=report_number, accounted_on=accounted_on)


def close_grant(item: Grant, *, by: Actor) -> Grant:
    """Close the grant: it is read-only from here on."""
    return _apply_transition(item, "close", by=by)


def reject_grant(item: Grant, *, by: Actor, reason: str | None) -> Grant:
    """Record that the proposal was rejected."""
    return _apply_transition(item, "reject", by=by, reason=reason)


def lapse_grant(item: Grant, *, by: Actor, reason: str | None) -> Grant:
    """Record that the grant was not realised and lapsed (SiLPA); its ceiling stays on record."""
    lock_and_check_version(item)
    get_transition(GRANT_TRANSITIONS, "lapse").check_allowed(item)
    spent = get_balance(item).spent
    if spent:
        raise Conflict(
            _(
                "%(spent)s was spent: say that spending is complete; the rest is SiLPA.",
                spent=format_rupiah(spent),
            )
        )
    _require_nothing_open(item)
    return _apply_transition(item, "lapse", by=by, reason=reason)


def _require_nothing_open(item: Grant) -> None:
    links: list[RecordLink] = []
    open_entries: tuple[tuple[type[MoneyEntry], Any], ...] = (
        (Commitment, Commitment.state == CommitmentState.open),
        (Expenditure, Expenditure.state == ExpenditureState.proposed),
    )
    for model, is_open in open_entries:
        query = select(model).where(model.grant_id == item.id, is_open).order_by(model.id).limit(10)
        links += [RecordLink(RecordRef(model, entry.id), entry.label) for entry in db.session.scalars(query)]
    if links:
        raise Conflict(_("Something of this grant is still open:"), links=links)


def _apply_transition(item: Grant, name: str, *, by: Actor, **fields: Any) -> Grant:
    transition = get_transition(GRANT_TRANSITIONS, name)
    transition.check_allowed(item)
    for field in transition.required:
        if field in fields and not str(fields[field] or "").strip():
            raise PortalError(_("This field must be filled."), field=field)
    updated = update(item, {**fields, transition.column: GrantState[str(transition.target)]}, by=by)
    return update(updated, {"search_text": build_grant_search_text(updated)}, by=by)
