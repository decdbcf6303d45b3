"""Figures of a grant as pages and documents show them: a past not booked here is unknown, not zero."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock
from app.extensions import db
from app.grants.enums import Measure
from app.grants.models.pots import Grant, PublishedFigure
from app.grants.queries.balance import Balance, GrantBalance, get_balance
from app.grants.queries.forecast import Forecast, forecast_lapse
from app.grants.transitions import GrantState


@dataclass(frozen=True)
class GrantFigures:
    """Sums of a grant as shown, in whole rupiah. None is unknown and shown as a dash."""

    ceiling: int | None
    disbursed: int | None
    committed: int | None
    spent: int | None
    evidenced: int | None
    remaining: int | None
    absorption: float | None
    forecast: Forecast | None


def list_grant_figures(balances: Iterable[GrantBalance]) -> list[tuple[GrantBalance, GrantFigures]]:
    """Return the figures of each grant; published spending replaces a past that is not booked here."""
    balances = list(balances)
    unbooked_ids = [
        grant_balance.grant.id
        for grant_balance in balances
        if not _is_spending_known(grant_balance.grant, grant_balance.balance)
    ]
    published_spending = _get_published_spending(unbooked_ids) if unbooked_ids else {}
    return [
        (grant_balance, _build_figures(grant_balance, published_spending.get(grant_balance.grant.id)))
        for grant_balance in balances
    ]


def grant_figures(grant: Grant) -> tuple[Balance, GrantFigures]:
    """Return the balance and the figures of one grant."""
    grant_balance = GrantBalance(grant, get_balance(grant))
    ((_grant_balance, figures),) = list_grant_figures([grant_balance])
    return grant_balance.balance, figures


def _is_spending_known(grant: Grant, balance: Balance) -> bool:
    """Whether the spending is in these books: booked, still to come, or stated to be none."""
    has_entries = balance.disbursed is not None or balance.committed or balance.spent or balance.proposed
    is_running = grant.fiscal_year is not None and grant.fiscal_year >= clock.current_year()
    return bool(has_entries) or is_running or grant.state is GrantState.unrealised


def _build_figures(grant_balance: GrantBalance, published_spending: int | None) -> GrantFigures:
    grant, balance = grant_balance.grant, grant_balance.balance
    if not _is_spending_known(grant, balance):
        published_balance = Balance(ceiling=balance.ceiling, spent=published_spending or 0)
        is_complete = published_spending is not None and balance.ceiling is not None
        remaining, absorption = (
            (published_balance.remaining, published_balance.absorption) if is_complete else (None, None)
        )
        return GrantFigures(
            balance.ceiling, None, None, published_spending, None, remaining, absorption, None
        )
    return GrantFigures(
        balance.ceiling,
        balance.disbursed,
        balance.committed,
        balance.spent,
        balance.evidenced,
        balance.remaining,
        balance.absorption,
        forecast_lapse(grant, balance),
    )


def _get_published_spending(grant_ids: list[int]) -> dict[int, int]:
    query = select(PublishedFigure.grant_id, PublishedFigure.value).where(
        PublishedFigure.grant_id.in_(grant_ids),
        PublishedFigure.measure == Measure.realised,
        PublishedFigure.value.is_not(None),
    )
    return {
        grant_id: value
        for grant_id, value in db.session.execute(query)
        if grant_id is not None and value is not None
    }
