"""What may be told of a grant: a past that was never booked here is unknown, not zero."""

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
    """The sums of a grant as pages and papers tell them; None is unknown and written as a dash."""

    ceiling: int | None
    disbursed: int | None
    committed: int | None
    spent: int | None
    evidenced: int | None
    remaining: int | None
    absorption: float | None
    forecast: Forecast | None


def list_grant_figures(balances: Iterable[GrantBalance]) -> list[tuple[GrantBalance, GrantFigures]]:
    """Tell each; what others published of a past that is not booked here stands in for it."""
    balances = list(balances)
    unbooked = [pot.grant.id for pot in balances if not _is_spending_known(pot.grant, pot.balance)]
    published = _get_published_spending(unbooked) if unbooked else {}
    return [(pot, _build_figures(pot, published.get(pot.grant.id))) for pot in balances]


def grant_figures(grant: Grant) -> tuple[Balance, GrantFigures]:
    """Tell one."""
    pot = GrantBalance(grant, get_balance(grant))
    ((_pot, told),) = list_grant_figures([pot])
    return pot.balance, told


def _is_spending_known(grant: Grant, balance: Balance) -> bool:
    """Whether its spending is in these books: booked here, or still to come, or said to be none."""
    booked = balance.disbursed is not None or balance.committed or balance.spent or balance.proposed
    runs = grant.fiscal_year is not None and grant.fiscal_year >= clock.current_year()
    return bool(booked) or runs or grant.state is GrantState.unrealised


def _build_figures(grant_balance: GrantBalance, published_spending: int | None) -> GrantFigures:
    grant, sums = grant_balance.grant, grant_balance.balance
    if not _is_spending_known(grant, sums):
        whole = Balance(ceiling=sums.ceiling, spent=published_spending or 0)
        known = published_spending is not None and sums.ceiling is not None
        left, share = (whole.remaining, whole.absorption) if known else (None, None)
        return GrantFigures(sums.ceiling, None, None, published_spending, None, left, share, None)
    return GrantFigures(
        sums.ceiling,
        sums.disbursed,
        sums.committed,
        sums.spent,
        sums.evidenced,
        sums.remaining,
        sums.absorption,
        forecast_lapse(grant, sums),
    )


def _get_published_spending(grant_ids: list[int]) -> dict[int, int]:
    query = select(PublishedFigure.grant_id, PublishedFigure.value).where(
        PublishedFigure.grant_id.in_(grant_ids),
        PublishedFigure.measure == Measure.realised,
        PublishedFigure.value.is_not(None),
    )
    return {key: value for key, value in db.session.execute(query) if key is not None and value is not None}
