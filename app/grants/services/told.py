"""What may be told of a grant: a past that was never booked here is unknown, not zero."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock
from app.extensions import db
from app.grants.choices import Measure
from app.grants.models import Grant, PublishedFigure
from app.grants.services.balance import Balance, Pot, balance_of
from app.grants.services.forecast import Forecast, forecast
from app.grants.states import GrantState


@dataclass(frozen=True)
class Told:
    """The sums of a grant as pages and papers tell them; None is unknown and written as a dash."""

    ceiling: int | None
    disbursed: int | None
    committed: int | None
    spent: int | None
    evidenced: int | None
    left: int | None
    absorption: float | None
    ahead: Forecast | None


def tell_pots(pots: Iterable[Pot]) -> list[tuple[Pot, Told]]:
    """Tell each; what others published of a past that is not booked here stands in for it."""
    pots = list(pots)
    unbooked = [pot.grant.id for pot in pots if not _is_known(pot.grant, pot.balance)]
    published = _published(unbooked) if unbooked else {}
    return [(pot, _told(pot, published.get(pot.grant.id))) for pot in pots]


def tell_pot(grant: Grant) -> tuple[Balance, Told]:
    """Tell one."""
    pot = Pot(grant, balance_of(grant))
    ((_pot, told),) = tell_pots([pot])
    return pot.balance, told


def _is_known(grant: Grant, sums: Balance) -> bool:
    """Whether its spending is in these books: booked here, or still to come, or said to be none."""
    booked = sums.disbursed is not None or sums.committed or sums.spent or sums.proposed
    runs = grant.fiscal_year is not None and grant.fiscal_year >= clock.year()
    return bool(booked) or runs or grant.state is GrantState.unrealised


def _told(pot: Pot, published: int | None) -> Told:
    grant, sums = pot.grant, pot.balance
    if not _is_known(grant, sums):
        whole = Balance(ceiling=sums.ceiling, spent=published or 0)
        known = published is not None and sums.ceiling is not None
        left, share = (whole.left, whole.absorption) if known else (None, None)
        return Told(sums.ceiling, None, None, published, None, left, share, None)
    return Told(
        sums.ceiling,
        sums.disbursed,
        sums.committed,
        sums.spent,
        sums.evidenced,
        sums.left,
        sums.absorption,
        forecast(grant, sums),
    )


def _published(ids: list[int]) -> dict[int, int]:
    query = select(PublishedFigure.grant_id, PublishedFigure.value).where(
        PublishedFigure.grant_id.in_(ids),
        PublishedFigure.measure == Measure.realised,
        PublishedFigure.value.is_not(None),
    )
    return {key: value for key, value in db.session.execute(query) if key is not None and value is not None}
