"""Money is no secret inside the office; whose case it was spent for may be."""

from sqlalchemy import ColumnElement, false, or_, true

from app.cases.models.case import Case
from app.cases.visibility import visible_to as case_visible_to
from app.core.actor import ADMIN, STAFF_ROLES, SUPERVISOR, Actor, has_role
from app.db.predicates import cache_predicate
from app.db.query_hints import correlated_exists
from app.grants.models.money import Commitment, Disbursement, Expenditure
from app.grants.models.pots import Grant
from app.grants.transitions import GrantState


def visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff; nobody without a role."""
    return true() if has_role(user, *STAFF_ROLES) else false()


@cache_predicate
def commitments_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show what is reserved."""
    return _entries_visible_to(Commitment, user)


@cache_predicate
def expenditures_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show what is spent."""
    return _entries_visible_to(Expenditure, user)


def _entries_visible_to(model: type[Commitment | Expenditure], user: Actor) -> ColumnElement[bool]:
    """Show every amount to who answers for the money, and to a peksos those of the cases that he sees."""
    if has_role(user, ADMIN, SUPERVISOR) or not has_role(user, *STAFF_ROLES):
        return visible_to(user)
    seen = correlated_exists(model, Case.id == model.case_id, case_visible_to(user))
    return or_(model.case_id.is_(None), seen)


def can_transition_commitment(commitment: Commitment, user: Actor, transition_name: str) -> bool:
    """Let a peksos spend what is reserved for a case; the rest is the administrator's."""
    return transition_name != "spend" or commitment.case_id is not None or has_role(user, ADMIN)


def can_edit_grant(grant: Grant, user: Actor) -> bool:  # noqa: ARG001
    """Keep a closed grant as it is."""
    return grant.state is not GrantState.closed


def can_transition_disbursement(disbursement: Disbursement, user: Actor, transition_name: str) -> bool:  # noqa: ARG001
    """Let an entry be reversed once, and a reversal never."""
    return disbursement.reverses_id is None and disbursement.reversal is None
