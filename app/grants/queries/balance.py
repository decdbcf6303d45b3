"""What a grant holds: every sum that a page, a list, a chart, a report or a check tells comes from here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.grants.enums import GrantForm
from app.grants.models.money import Commitment, Disbursement, Expenditure
from app.grants.models.pots import Grant
from app.grants.transitions import ExpenditureState


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
    def remaining(self) -> int | None:
        """What is neither spent nor reserved."""
        return None if self.limit is None else self.limit - self.spent - self.committed

    @property
    def remaining_disbursed(self) -> int | None:
        """What arrived and is not spent yet."""
        return None if self.disbursed is None else self.disbursed - self.spent

    @property
    def spent_without_evidence(self) -> int:
        """What was spent and no receipt proves yet."""
        return self.spent - self.evidenced

    @property
    def absorption(self) -> float | None:
        """The part of the ceiling that is spent; None where no ceiling is known."""
        return self.spent / self.ceiling if self.ceiling else None


@dataclass(frozen=True)
class GrantBalance:
    """A grant and its sums."""

    grant: Grant
    balance: Balance


def get_balance(grant: Grant) -> Balance:
    """Sum up one grant."""
    return _build_balance(db.session.execute(_select_sums().where(Grant.id == grant.id)).one()[1:])


def list_grant_balances(*conditions: ColumnElement[bool]) -> list[GrantBalance]:
    """Sum up the grants in money that fulfil the conditions, in one question; goods are no money."""
    query = _select_sums().add_columns(Grant).options(joinedload(Grant.source))
    query = query.where(Grant.form == GrantForm.cash, *conditions).order_by(Grant.source_id, Grant.id)
    return [GrantBalance(row[-1], _build_balance(row[1:-1])) for row in db.session.execute(query)]


def list_approved_expenditures(grant: Grant) -> list[Expenditure]:
    """Give what was spent from it and counts, as the books have it."""
    query = (
        select(Expenditure)
        .filter_by(grant_id=grant.id, state=ExpenditureState.approved)
        .options(joinedload(Expenditure.case))
        .order_by(Expenditure.spent_on, Expenditure.id)
    )
    return list(db.session.scalars(query))


def _build_balance(sums: Iterable[Any]) -> Balance:
    return Balance(*(None if amount is None else int(amount) for amount in sums))  # type: ignore[arg-type]


def _select_sums() -> Any:
    """Ask for id, ceiling, received, reserved, spent, evidenced and proposed of each grant."""
    spending, spent = Expenditure.grant_id == Grant.id, func.sum(Expenditure.counted_amount)
    proposed = func.sum(Expenditure.amount).filter(Expenditure.state == ExpenditureState.proposed)
    return select(
        Grant.id,
        func.coalesce(Grant.ceiling_revised, Grant.ceiling_initial),
        _build_sum_subquery(func.sum(Disbursement.counted_amount), Disbursement.grant_id == Grant.id),
        *(
            func.coalesce(_build_sum_subquery(what, where), 0)
            for what, where in (
                (func.sum(Commitment.counted_amount), Commitment.grant_id == Grant.id),
                (spent, spending),
                (spent.filter(Expenditure.evidence.is_not(None)), spending),
                (proposed, spending),
            )
        ),
    )


def _build_sum_subquery(expression: ColumnElement[int], condition: ColumnElement[bool]) -> ColumnElement[int]:
    return select(expression).where(condition).correlate(Grant).scalar_subquery()
