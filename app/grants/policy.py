"""Policies of grants and money. Staff may see the money; whose case it was spent for may be hidden."""

from typing import TypeVar

from sqlalchemy import ColumnElement, false, or_, true

from app.cases.models.case import Case
from app.cases.policy import CasePolicy
from app.core.actor import ADMIN, STAFF_ROLES, SUPERVISOR, Actor, has_role
from app.db.policy import Policy, StaffPolicy
from app.db.predicates import cache_class_predicate
from app.db.query_hints import correlated_exists
from app.grants.models.money import Commitment, Disbursement, Expenditure
from app.grants.models.pots import Asset, FundingSource, Grant, PublishedFigure
from app.grants.transitions import GrantState

CaseEntryT = TypeVar("CaseEntryT", Commitment, Expenditure)


class FundingSourcePolicy(StaffPolicy[FundingSource]):
    """All staff see the funding sources."""

    model = FundingSource


class GrantPolicy(StaffPolicy[Grant]):
    """All staff see the grants."""

    model = Grant

    @classmethod
    def can_edit(cls, grant: Grant, user: Actor) -> bool:
        """Return whether the grant can be edited; a closed one cannot."""
        return grant.state is not GrantState.closed


class AssetPolicy(StaffPolicy[Asset]):
    """All staff see the assets."""

    model = Asset


class PublishedFigurePolicy(StaffPolicy[PublishedFigure]):
    """All staff see the published figures."""

    model = PublishedFigure


class DisbursementPolicy(StaffPolicy[Disbursement]):
    """All staff see the disbursements."""

    model = Disbursement

    @classmethod
    def can_transition(cls, disbursement: Disbursement, user: Actor, name: str) -> bool:
        """Return whether the entry can be reversed: only once, and never a reversal itself."""
        return disbursement.reverses_id is None and disbursement.reversal is None


class CaseEntryPolicy(Policy[CaseEntryT]):
    """Base of the policies of entries that may concern a case."""

    @classmethod
    @cache_class_predicate
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match the entries that the user may see.

        Administrator and supervisor answer for the money and see every entry. A peksos sees those without a
        case and those of visible cases.
        """
        if not has_role(user, *STAFF_ROLES):
            return false()
        if has_role(user, ADMIN, SUPERVISOR):
            return true()
        case_is_visible = correlated_exists(
            cls.model, Case.id == cls.model.case_id, CasePolicy.visible_to(user)
        )
        return or_(cls.model.case_id.is_(None), case_is_visible)


class CommitmentPolicy(CaseEntryPolicy[Commitment]):
    """A commitment without a case is spent by administrators only."""

    model = Commitment

    @classmethod
    def can_transition(cls, commitment: Commitment, user: Actor, name: str) -> bool:
        """Return whether the user may run the transition: only an administrator spends without a case."""
        return name != "spend" or commitment.case_id is not None or has_role(user, ADMIN)


class ExpenditurePolicy(CaseEntryPolicy[Expenditure]):
    """An expenditure of a hidden case is hidden from the peksos outside its team."""

    model = Expenditure
