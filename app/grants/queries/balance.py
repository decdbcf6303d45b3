"""Balance of a grant: the only source of the sums in pages, lists, charts, reports and checks."""

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
    """Sums of one grant in whole rupiah. None means unknown, which is not zero."""

    ceiling: int | None = None
    disbursed: int | None = None
    """Sum that arrived; None: no disbursement was ever recorded."""
    committed: int = 0
    spent: int = 0
    evidenced: int = 0
    proposed: int = 0

    @property
    def limit(self) -> int | None:
        """Upper limit of reserved plus spent: the ceiling, else what arrived. None: neither is known."""
        return self.disbursed if self.ceiling is None else self.ceiling

    @property
    def remaining(self) -> int | None:
        """Limit minus spent and reserved."""
        return None if self.limit is None else self.limit - self.spent - self.committed

    @property
    def remaining_disbursed(self) -> int | None:
        """Disbursed minus spent."""
        return None if self.disbursed is None else self.disbursed - self.spent

    @property
    def spent_without_evidence(self) -> int:
        """Part of the spent sum that has no receipt yet."""
        return self.spent - self.evidenced

    @property
    def absorption(self) -> float | None:
        """Spent as a fraction of the ceiling; None if no ceiling is known."""
        return self.spent / self.ceiling if self.ceiling else None


@dataclass(frozen=True)
class GrantBalance:
    """Grant with its balance."""

    grant: Grant
    balance: Balance


def get_balance(grant: Grant) -> Balance:
    """Query the balance of one grant."""
    return _build_balance(db.session.execute(_select_sums().where(Grant.id == grant.id)).one()[1:])


def list_grant_balances(*conditions: ColumnElement[bool]) -> list[GrantBalance]:
    """Query the balances of the matching cash grants in one statement; goods are no money."""
    query = _select_sums().add_columns(Grant).options(joinedload(Grant.source))
    query = query.where(Grant.form == GrantForm.cash, *conditions).order_by(Grant.source_id, Grant.id)
    return [GrantBalance(row[-1], _build_balance(row[1:-1])) for row in db.session.execute(query)]


def list_approved_expenditures(grant: Grant) -> list[Expenditure]:
    """Return the approved expenditures of a grant by day of spending."""
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
    """Select the id of each grant, then its sums in the order of the fields of `Balance`."""
    is_of_grant, spent_sum = Expenditure.grant_id == Grant.id, func.sum(Expenditure.counted_amount)
    proposed_sum = func.sum(Expenditure.amount).filter(Expenditure.state == ExpenditureState.proposed)
    return select(
        Grant.id,
        func.coalesce(Grant.ceiling_revised, Grant.ceiling_initial),
        _build_sum_subquery(func.sum(Disbursement.counted_amount), Disbursement.grant_id == Grant.id),
        *(
            func.coalesce(_build_sum_subquery(aggregate, condition), 0)
            for aggregate, condition in (
                (func.sum(Commitment.counted_amount), Commitment.grant_id == Grant.id),
                (spent_sum, is_of_grant),
                (spent_sum.filter(Expenditure.evidence.is_not(None)), is_of_grant),
                (proposed_sum, is_of_grant),
            )
        ),
    )


def _build_sum_subquery(expression: ColumnElement[int], condition: ColumnElement[bool]) -> ColumnElement[int]:
    return select(expression).where(condition).correlate(Grant).scalar_subquery()
