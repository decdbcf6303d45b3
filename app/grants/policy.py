"""Policies of grants and money. Staff may see the money; whose case it was spent for may be hidden."""

from sqlalchemy import ColumnElement, false, or_, true

from app.cases.models.case import Case
from app.cases.policy import CasePolicy
from app.core.actor import ADMIN, STAFF_ROLES, SUPERVISOR, Actor, has_role
from app.db.predicates import cache_predicate
from app.db.query_hints import correlated_exists
from app.grants.models.money import Commitment, Disbursement, Expenditure
from app.grants.models.pots import Grant
from app.grants.transitions import GrantState


def visible_to(user: Actor) -> ColumnElement[bool]:
    """Match all rows for staff, none for a user without a role."""
    return true() if has_role(user, *STAFF_ROLES) else false()


@cache_predicate
def commitments_visible_to(user: Actor) -> ColumnElement[bool]:
    """Match the commitments that the user may see."""
    return _entries_visible_to(Commitment, user)


@cache_predicate
def expenditures_visible_to(user: Actor) -> ColumnElement[bool]:
    """Match the expenditures that the user may see."""
    return _entries_visible_to(Expenditure, user)


def _entries_visible_to(model: type[Commitment | Expenditure], user: Actor) -> ColumnElement[bool]:
    """Match the entries that the user may see.

    Administrator and supervisor answer for the money and see every entry. A peksos sees those without a case
    and those of visible cases.
    """
    if has_role(user, ADMIN, SUPERVISOR) or not has_role(user, *STAFF_ROLES):
        return visible_to(user)
    case_is_visible = correlated_exists(model, Case.id == model.case_id, CasePolicy.visible_to(user))
    return or_(model.case_id.is_(None), case_is_visible)


def can_transition_commitment(commitment: Commitment, user: Actor, transition_name: str) -> bool:
    """Return whether the user may run the transition: only an administrator spends without a case."""
    return transition_name != "spend" or commitment.case_id is not None or has_role(user, ADMIN)


def can_edit_grant(grant: Grant, user: Actor) -> bool:  # noqa: ARG001
    """Return whether the grant can be edited; a closed one cannot."""
    return grant.state is not GrantState.closed


def can_transition_disbursement(disbursement: Disbursement, user: Actor, transition_name: str) -> bool:  # noqa: ARG001
    """Return whether the entry can be reversed: only once, and never a reversal itself."""
    return disbursement.reverses_id is None and disbursement.reversal is None
