"""What every verb of the money asks, case and grant locked in this order; refusals say what is left."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.access import visible_to
from app.cases.models import Case
from app.cases.services.rules import lock, must_be_open
from app.core import clock
from app.core.actor import ADMIN, Actor, has_role
from app.core.display import day, rupiah
from app.core.errors import Conflict, Forbidden, PortalError
from app.extensions import db
from app.grants.choices import GrantForm, Purpose
from app.grants.models import Grant
from app.grants.models.held import TAKES_CORRECTIONS, TAKES_MONEY
from app.grants.services.balance import Balance, balance_of
from app.grants.states import GrantState


def lock_pot(grant: Grant, case: Case | None = None) -> None:
    """Wait until nobody else works on the case and on the money; always in this order."""
    if case is not None:
        lock(case)
    lock(grant)


def must_concern(case: Case | None, by: Actor) -> None:
    """Let a peksos spend for a case that he sees, and an administrator also for none."""
    if case is None:
        if not has_role(by, ADMIN):
            raise PortalError(_("Say for which case the money is."), field="case")
        return
    must_see_case(case, by)
    must_be_open(case)


def must_see_case(case: Case, by: Actor) -> None:
    """Refuse whoever does not see the case (any more); an administrator answers for the money of all."""
    seen = select(Case.id).where(Case.id == case.id, visible_to(by))
    if not has_role(by, ADMIN) and db.session.scalar(seen) is None:
        raise Forbidden(_("This case is not visible to you."))


def must_take_money(grant: Grant, *, correction: bool = False) -> None:
    """Refuse when the grant is goods, is not in the budget yet, or is accounted for."""
    if grant.form is GrantForm.in_kind:
        raise PortalError(_("This grant is goods: it has no money to reserve or spend."), field="grant")
    if grant.state.name not in (TAKES_CORRECTIONS if correction else TAKES_MONEY):
        raise Conflict(
            _(
                "No money can be taken from this grant: it now says “%(state)s”.",
                state=str(grant.state.value),
            )
        )


def must_allow(grant: Grant, purpose: Purpose) -> None:
    """Refuse a purpose that the grant does not allow; where none is stated, none is refused."""
    if grant.purposes and purpose not in grant.purposes:
        allowed = ", ".join(str(one.value).lower() for one in grant.purposes)
        raise PortalError(_("This money is only for: %(purposes)s.", purposes=allowed), field="purpose")


def must_be_in_year(grant: Grant, when: date, field: str, late_reason: str | None) -> None:
    """Refuse a day outside the fiscal year, and a late posting without a reason or after the LPJ is due."""
    if when > clock.today():
        raise PortalError(_("This day is still to come."), field=field)
    year = grant.fiscal_year
    if year is None:
        return
    if when.year != year:
        raise PortalError(
            _("This grant is for the fiscal year %(year)s: choose a day in it.", year=year), field=field
        )
    must_be_in_time(grant, late_reason)


def must_be_in_time(grant: Grant, late_reason: str | None) -> None:
    """Refuse to write into a fiscal year that is closed; shortly after its end only with a reason."""
    year, last = grant.fiscal_year, grant.report_due
    if year is None or last is None or clock.year() <= year:
        return
    if clock.today() > last:
        raise Conflict(
            _(
                "The fiscal year %(year)s has been closed since %(day)s: its money can only be read.",
                year=year,
                day=day(last),
            )
        )
    if not (late_reason or "").strip():
        raise PortalError(
            _(
                "The fiscal year %(year)s is over. Until %(day)s you may still post to it, with a reason.",
                year=year,
                day=day(last),
            ),
            field="late_reason",
        )


def must_cover(grant: Grant, amount: int, *, spends: bool, freed: int = 0) -> None:
    """Refuse an amount that the grant does not hold; `freed` is the reservation that it uses up."""
    if amount <= 0:
        raise PortalError(_("The amount must be more than zero."), field="amount")
    balance = balance_of(grant)
    if balance.limit is None:
        raise PortalError(
            _("Neither a ceiling nor a disbursement of this grant is recorded: it has nothing to spend."),
            field="amount",
        )
    left = balance.limit - balance.spent - balance.committed + freed
    if amount > left:
        raise PortalError(_too_much(balance, max(left, 0)), field="amount")
    received = balance.received_left
    if spends and received is not None and amount > received:
        raise PortalError(
            _(
                "Only %(left)s is left of what was disbursed: %(disbursed)s arrived, %(spent)s is spent.",
                left=rupiah(max(received, 0)),
                disbursed=rupiah(balance.disbursed or 0),
                spent=rupiah(balance.spent),
            ),
            field="amount",
        )


def _too_much(balance: Balance, left: int) -> str:
    words = {
        "left": rupiah(left),
        "limit": rupiah(balance.limit or 0),
        "spent": rupiah(balance.spent),
        "committed": rupiah(balance.committed),
    }
    if balance.ceiling is None:
        said = _(
            "Only %(left)s is left: %(limit)s was disbursed, %(spent)s is spent, %(committed)s reserved."
            " The ceiling is not known.",
            **words,
        )
    else:
        said = _(
            "Only %(left)s is left of the ceiling of %(limit)s: %(spent)s is spent, %(committed)s reserved.",
            **words,
        )
    return str(said)


def reason_given(reason: str | None) -> str:
    """Refuse a step that says no reason."""
    if not (reason or "").strip():
        raise PortalError(_("Say why."), field="reason")
    return str(reason).strip()


def state_after_disbursements(grant: Grant) -> GrantState:
    """Tell where a grant stands whose spending goes on."""
    return GrantState.budgeted if balance_of(grant).disbursed is None else GrantState.disbursed
