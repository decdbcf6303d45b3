"""Checks of grants, expenditures and aid for `siaga check`: sums are recomputed record by record (rupiah)."""

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
    """Yield grants whose balance differs from the sum of their records, or exceeds what may be spent."""
    spent, evidenced, proposed, reserved = (Counter[int]() for _each in range(4))
    for expenditure in _stream_records(select(Expenditure)):
        key, approved = expenditure.grant_id, expenditure.state is ExpenditureState.approved
        spent[key] += expenditure.amount if approved else 0
        evidenced[key] += expenditure.amount if approved and expenditure.evidence else 0
        proposed[key] += expenditure.amount if expenditure.state is ExpenditureState.proposed else 0
    for commitment in _stream_records(select(Commitment)):
        reserved[commitment.grant_id] += commitment.amount if commitment.state is CommitmentState.open else 0
    disbursed: dict[int, int] = {}
    for disbursement in _stream_records(select(Disbursement)):
        amount = -disbursement.amount if disbursement.reverses_id else disbursement.amount
        disbursed[disbursement.grant_id] = disbursed.get(disbursement.grant_id, 0) + amount
    for grant in db.session.scalars(select(Grant).order_by(Grant.id)):
        recomputed = (sums[grant.id] for sums in (reserved, spent, evidenced, proposed))
        yield from _find_grant_faults(grant, Balance(grant.ceiling, disbursed.get(grant.id), *recomputed))


def _stream_records(query: Select[E]) -> Iterable[E]:
    """Read some hundred records at a time: all of them may not fit into memory."""
    records: Iterable[E] = db.session.scalars(query.execution_options(yield_per=500))
    return records


def _find_grant_faults(grant: Grant, sums: Balance) -> Iterable[str]:
    if get_balance(grant) != sums:
        yield f"grant {grant.id}: its sums are not those of its entries"
    used_amount = sums.spent + sums.committed
    if used_amount > (sums.limit or 0):
        yield f"grant {grant.id}: {used_amount} is spent or reserved, of {sums.limit}"
    if sums.disbursed is not None and sums.spent > sums.disbursed:
        yield f"grant {grant.id}: {sums.spent} is spent, of {sums.disbursed} that arrived"


def check_entries() -> Iterable[str]:
    """Yield expenditures that their grant does not allow, and reversals that differ from their original."""
    query = select(Expenditure).options(joinedload(Expenditure.grant), joinedload(Expenditure.reversal))
    for expenditure in _stream_records(query.order_by(Expenditure.id)):
        yield from _find_expenditure_faults(expenditure)


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
    """Yield aid whose value, case or state contradicts the expenditure that paid for it."""
    query = select(Aid).join(Aid.expenditure).options(joinedload(Aid.expenditure)).order_by(Aid.id)
    for aid in _stream_records(query):
        expenditure = aid.expenditure
        if expenditure is None:
            continue
        if (expenditure.amount, expenditure.case_id) != (aid.value, aid.case_id):
            yield f"aid {aid.id}: value or case is not that of expenditure {expenditure.id}"
        if aid.state is AidState.handed_over and expenditure.state is ExpenditureState.proposed:
            yield f"aid {aid.id}: it was handed over before expenditure {expenditure.id} was approved"


CHECKS = (
    Check("sums of money", check_sums),
    Check("entries of money", check_entries),
    Check("aid", check_aid),
)
