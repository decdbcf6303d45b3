"""What `siaga check` asks of the money: the books added up once more, entry by entry."""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.aid.models import Aid
from app.aid.transitions import AidState
from app.db.model import Entity
from app.extensions import db
from app.grants.models.money import Commitment, Disbursement, Expenditure
from app.grants.models.pots import Grant
from app.grants.queries.balance import Balance, get_balance
from app.grants.transitions import CommitmentState, ExpenditureState
from app.operations.check import Check

E = TypeVar("E", bound=Entity)


def check_sums() -> Iterable[str]:
    """Tell in which grant the sums disagree, with each other or with what may be spent."""
    spent, proved, proposed, reserved = (Counter[int]() for _each in range(4))
    for one in _stream_records(select(Expenditure)):
        key, approved = one.grant_id, one.state is ExpenditureState.approved
        spent[key] += one.amount if approved else 0
        proved[key] += one.amount if approved and one.evidence else 0
        proposed[key] += one.amount if one.state is ExpenditureState.proposed else 0
    for promise in _stream_records(select(Commitment)):
        reserved[promise.grant_id] += promise.amount if promise.state is CommitmentState.open else 0
    arrived: dict[int, int] = {}
    for entry in _stream_records(select(Disbursement)):
        amount = -entry.amount if entry.reverses_id else entry.amount
        arrived[entry.grant_id] = arrived.get(entry.grant_id, 0) + amount
    for grant in db.session.scalars(select(Grant).order_by(Grant.id)):
        added = (sums[grant.id] for sums in (reserved, spent, proved, proposed))
        yield from _find_grant_faults(grant, Balance(grant.ceiling, arrived.get(grant.id), *added))


def _stream_records(query: Select[E]) -> Iterable[E]:
    """Read some hundred records at a time: there may be many more than the memory holds."""
    found: Iterable[E] = db.session.scalars(query.execution_options(yield_per=500))
    return found


def _find_grant_faults(grant: Grant, sums: Balance) -> Iterable[str]:
    if get_balance(grant) != sums:
        yield f"grant {grant.id}: its sums are not those of its entries"
    taken = sums.spent + sums.committed
    if taken > (sums.limit or 0):
        yield f"grant {grant.id}: {taken} is spent or reserved, of {sums.limit}"
    if sums.disbursed is not None and sums.spent > sums.disbursed:
        yield f"grant {grant.id}: {sums.spent} is spent, of {sums.disbursed} that arrived"


def check_entries() -> Iterable[str]:
    """Tell which spending its grant does not allow, and which reversal is not the opposite of its entry."""
    query = select(Expenditure).options(joinedload(Expenditure.grant), joinedload(Expenditure.reversal))
    for one in _stream_records(query.order_by(Expenditure.id)):
        yield from _find_expenditure_faults(one)


def _find_expenditure_faults(expenditure: Expenditure) -> Iterable[str]:
    grant = expenditure.grant
    if expenditure.counted_amount and grant.purposes and expenditure.purpose not in grant.purposes:
        yield f"expenditure {expenditure.id}: grant {grant.id} does not allow its purpose"
    if expenditure.counted_amount and grant.fiscal_year not in (None, expenditure.spent_on.year):
        yield f"expenditure {expenditure.id}: its day is not in the fiscal year of grant {grant.id}"
    if expenditure.state is not ExpenditureState.reversed or expenditure.reverses_id is not None:
        return
    opposite = expenditure.reversal
    if opposite is None or (opposite.amount, opposite.grant_id) != (expenditure.amount, expenditure.grant_id):
        yield f"expenditure {expenditure.id}: its reversal is not the opposite entry"


def check_aid() -> Iterable[str]:
    """Tell which aid and the spending that paid for it disagree."""
    query = select(Aid).join(Aid.expenditure).options(joinedload(Aid.expenditure)).order_by(Aid.id)
    for one in _stream_records(query):
        paid = one.expenditure
        if paid is None:
            continue
        if (paid.amount, paid.case_id) != (one.value, one.case_id):
            yield f"aid {one.id}: value or case is not that of expenditure {paid.id}"
        if one.state is AidState.handed_over and paid.state is ExpenditureState.proposed:
            yield f"aid {one.id}: it was handed over before expenditure {paid.id} was approved"


CHECKS = (
    Check("sums of money", check_sums),
    Check("entries of money", check_entries),
    Check("aid", check_aid),
)
