"""Money is no secret inside the office; whose case it was spent for may be."""

from sqlalchemy import ColumnElement, false, or_, true

from app.cases.access import visible_to as case_visible_to
from app.cases.models import Case
from app.core.actor import ADMIN, STAFF, SUPERVISOR, Actor, has_role
from app.core.asking import each
from app.core.sight import made_once
from app.grants.models import Commitment, Disbursement, Expenditure, Grant
from app.grants.states import GrantState


def visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff; nobody without a role."""
    return true() if has_role(user, *STAFF) else false()


@made_once
def commitments_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show what is reserved."""
    return _of_seen_case(Commitment, user)


@made_once
def expenditures_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show what is spent."""
    return _of_seen_case(Expenditure, user)


def _of_seen_case(model: type[Commitment | Expenditure], user: Actor) -> ColumnElement[bool]:
    """Show every amount to who answers for the money, and to a peksos those of the cases that he sees."""
    if has_role(user, ADMIN, SUPERVISOR) or not has_role(user, *STAFF):
        return visible_to(user)
    seen = each(model, Case.id == model.case_id, case_visible_to(user))
    return or_(model.case_id.is_(None), seen)


def may_spend(commitment: Commitment, user: Actor, move: str) -> bool:
    """Let a peksos spend what is reserved for a case; the rest is the administrator's."""
    return move != "spend" or commitment.case_id is not None or has_role(user, ADMIN)


def may_edit(grant: Grant, user: Actor) -> bool:  # noqa: ARG001
    """Keep a closed grant as it is."""
    return grant.state is not GrantState.closed


def may_reverse(disbursement: Disbursement, user: Actor, move: str) -> bool:  # noqa: ARG001
    """Let an entry be reversed once, and a reversal never."""
    return disbursement.reverses_id is None and disbursement.reversal is None
