"""Checks that the services of money share. Lock order: case, then grant. Errors say what is left."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models.case import Case
from app.cases.policy import CasePolicy
from app.cases.services.rules import require_open_case
from app.core import clock
from app.core.actor import ADMIN, Actor, has_role
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.formats import format_day, format_rupiah
from app.db.records import lock
from app.extensions import db
from app.grants.enums import GrantForm, Purpose
from app.grants.models.db_rules import CORRECTABLE_STATES, SPENDABLE_STATES
from app.grants.models.pots import Grant
from app.grants.queries.balance import Balance, get_balance
from app.grants.transitions import GrantState


def lock_case_and_grant(grant: Grant, case: Case | None = None) -> None:
    """Lock the case, then the grant; always in this order, against deadlocks."""
    if case is not None:
        lock(case)
    lock(grant)


def require_case_for_spending(case: Case | None, by: Actor) -> None:
    """Raise unless the user may spend money for the case, which is locked and must be open.

    A peksos spends only for a visible case; an administrator also for a hidden one or without a case.
    """
    if case is None:
        if not has_role(by, ADMIN):
            raise PortalError(_("Say for which case the money is."), field="case")
        return
    require_visible_case_unless_admin(case, by)
    require_open_case(case)


def require_visible_case_unless_admin(case: Case, by: Actor) -> None:
    """Raise Forbidden if the case is not visible to the user (any more).

    An administrator passes: that role answers for the money of all cases.
    """
    query = select(Case.id).where(Case.id == case.id, CasePolicy.visible_to(by))
    if not has_role(by, ADMIN) and db.session.scalar(query) is None:
        raise Forbidden(_("This case is not visible to you."))


def require_spendable_grant(grant: Grant, *, correction: bool = False) -> None:
    """Raise if the grant is goods, or if its state allows no spending (`correction`: no reversal)."""
    if grant.form is GrantForm.in_kind:
        raise PortalError(_("This grant is goods: it has no money to reserve or spend."), field="grant")
    if grant.state.name not in (CORRECTABLE_STATES if correction else SPENDABLE_STATES):
        raise Conflict(
            _(
                "No money can be taken from this grant: it now says “%(state)s”.",
                state=str(grant.state.value),
            )
        )


def require_allowed_purpose(grant: Grant, purpose: Purpose) -> None:
    """Raise if the grant does not allow the purpose; if none is stated, all are allowed."""
    if grant.purposes and purpose not in grant.purposes:
        labels = ", ".join(str(allowed_purpose.value).lower() for allowed_purpose in grant.purposes)
        raise PortalError(_("This money is only for: %(purposes)s.", purposes=labels), field="purpose")


def require_date_in_fiscal_year(grant: Grant, entry_date: date, field: str, late_reason: str | None) -> None:
    """Raise if the day is in the future or outside the fiscal year, or if it is too late to post."""
    if entry_date > clock.today():
        raise PortalError(_("This day is still to come."), field=field)
    year = grant.fiscal_year
    if year is None:
        return
    if entry_date.year != year:
        raise PortalError(
            _("This grant is for the fiscal year %(year)s: choose a day in it.", year=year), field=field
        )
    require_open_posting_period(grant, late_reason)


def require_open_posting_period(grant: Grant, late_reason: str | None) -> None:
    """Raise if the fiscal year can no longer be posted to.

    After its end a reason is needed (PortalError); after the LPJ's due day nothing can be posted (Conflict).
    """
    year, last_day = grant.fiscal_year, grant.report_due
    if year is None or last_day is None or clock.current_year() <= year:
        return
    if clock.today() > last_day:
        raise Conflict(
            _(
                "The fiscal year %(year)s has been closed since %(day)s: its money can only be read.",
                year=year,
                day=format_day(last_day),
            )
        )
    if not (late_reason or "").strip():
        raise PortalError(
            _(
                "The fiscal year %(year)s is over. Until %(day)s you may still post to it, with a reason.",
                year=year,
                day=format_day(last_day),
            ),
            field="late_reason",
        )


def require_available_amount(
    grant: Grant, amount: int, *, is_expenditure: bool, released_amount: int = 0
) -> None:
    """Raise if the grant has less than the amount left; amounts are in whole rupiah.

    `released_amount` is the reservation that the expenditure uses up. Once a disbursement is recorded, an
    expenditure is also limited to what arrived and is not spent.
    """
    if amount <= 0:
        raise PortalError(_("The amount must be more than zero."), field="amount")
    balance = get_balance(grant)
    if balance.limit is None:
        raise PortalError(
            _("Neither a ceiling nor a disbursement of this grant is recorded: it has nothing to spend."),
            field="amount",
        )
    remaining = balance.limit - balance.spent - balance.committed + released_amount
    if amount > remaining:
        raise PortalError(_format_insufficient_funds(balance, max(remaining, 0)), field="amount")
    remaining_disbursed = balance.remaining_disbursed
    if is_expenditure and remaining_disbursed is not None and amount > remaining_disbursed:
        raise PortalError(
            _(
                "Only %(left)s is left of what was disbursed: %(disbursed)s arrived, %(spent)s is spent.",
                left=format_rupiah(max(remaining_disbursed, 0)),
                disbursed=format_rupiah(balance.disbursed or 0),
                spent=format_rupiah(balance.spent),
            ),
            field="amount",
        )


def _format_insufficient_funds(balance: Balance, left: int) -> str:
    amounts = {
        "left": format_rupiah(left),
        "limit": format_rupiah(balance.limit or 0),
        "spent": format_rupiah(balance.spent),
        "committed": format_rupiah(balance.committed),
    }
    if balance.ceiling is None:
        message = _(
            "Only %(left)s is left: %(limit)s was disbursed, %(spent)s is spent, %(committed)s reserved."
            " The ceiling is not known.",
            **amounts,
        )
    else:
        message = _(
            "Only %(left)s is left of the ceiling of %(limit)s: %(spent)s is spent, %(committed)s reserved.",
            **amounts,
        )
    return str(message)


def require_reason(reason: str | None) -> str:
    """Return the stripped reason; raise PortalError if it is empty."""
    if not (reason or "").strip():
        raise PortalError(_("Say why."), field="reason")
    return str(reason).strip()


def get_state_by_disbursements(grant: Grant) -> GrantState:
    """Return the state of a grant whose spending continues: disbursed if money arrived, else budgeted."""
    return GrantState.budgeted if get_balance(grant).disbursed is None else GrantState.disbursed
