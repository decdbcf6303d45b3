"""What a grant holds: every sum that a page, a list, a chart, a report or a check tells comes from here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.grants.choices import GrantForm
from app.grants.models import Commitment, Disbursement, Expenditure, Grant
from app.grants.states import ExpenditureState


@dataclass(frozen=True)
class Balance:
    """The sums of one grant, in whole rupiah. None: not known, which is not zero."""

    ceiling: int | None = None
    disbursed: int | None = None
    """What arrived; None: no disbursement was ever recorded."""
    committed: int = 0
    spent: int = 0
    evidenced: int = 0
    proposed: int = 0

    @property
    def limit(self) -> int | None:
        """What may be reserved and spent together: the ceiling, else what arrived. None: neither is known."""
        return self.disbursed if self.ceiling is None else self.ceiling

    @property
    def left(self) -> int | None:
        """What is neither spent nor reserved."""
        return None if self.limit is None else self.limit - self.spent - self.committed

    @property
    def received_left(self) -> int | None:
        """What arrived and is not spent yet."""
        return None if self.disbursed is None else self.disbursed - self.spent

    @property
    def unproved(self) -> int:
        """What was spent and no receipt proves yet."""
        return self.spent - self.evidenced

    @property
    def absorption(self) -> float | None:
        """The part of the ceiling that is spent; None where no ceiling is known."""
        return self.spent / self.ceiling if self.ceiling else None


@dataclass(frozen=True)
class Pot:
    """A grant and its sums."""

    grant: Grant
    balance: Balance


def balance_of(grant: Grant) -> Balance:
    """Sum up one grant."""
    return _balance(db.session.execute(_sums().where(Grant.id == grant.id)).one()[1:])


def money_pots(*conditions: ColumnElement[bool]) -> list[Pot]:
    """Sum up the grants in money that fulfil the conditions, in one question; goods are no money."""
    query = _sums().add_columns(Grant).options(joinedload(Grant.source))
    query = query.where(Grant.form == GrantForm.cash, *conditions).order_by(Grant.source_id, Grant.id)
    return [Pot(row[-1], _balance(row[1:-1])) for row in db.session.execute(query)]


def spending_of(grant: Grant) -> list[Expenditure]:
    """Give what was spent from it and counts, as the books have it."""
    query = (
        select(Expenditure)
        .filter_by(grant_id=grant.id, state=ExpenditureState.approved)
        .options(joinedload(Expenditure.case))
        .order_by(Expenditure.spent_on, Expenditure.id)
    )
    return list(db.session.scalars(query))


def _balance(sums: Iterable[Any]) -> Balance:
    return Balance(*(None if amount is None else int(amount) for amount in sums))  # type: ignore[arg-type]


def _sums() -> Any:
    """Ask for id, ceiling, received, reserved, spent, evidenced and proposed of each grant."""
    spending, spent = Expenditure.grant_id == Grant.id, func.sum(Expenditure.counted)
    proposed = func.sum(Expenditure.amount).filter(Expenditure.state == ExpenditureState.proposed)
    return select(
        Grant.id,
        func.coalesce(Grant.ceiling_revised, Grant.ceiling_initial),
        _sum(func.sum(Disbursement.counted), Disbursement.grant_id == Grant.id),
        *(
            func.coalesce(_sum(what, where), 0)
            for what, where in (
                (func.sum(Commitment.counted), Commitment.grant_id == Grant.id),
                (spent, spending),
                (spent.filter(Expenditure.evidence.is_not(None)), spending),
                (proposed, spending),
            )
        ),
    )


def _sum(what: ColumnElement[int], where: ColumnElement[bool]) -> ColumnElement[int]:
    return select(what).where(where).correlate(Grant).scalar_subquery()
