"""Policy of referrals: they follow the case. A user with emergency access changes own drafts only."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, false, true

from app.cases.models.case import Case
from app.cases.policy import CasePolicy, has_emergency_access_only
from app.core.actor import STAFF_ROLES, SYSTEM, Actor, has_role
from app.db.predicates import cache_predicate
from app.db.query_hints import correlated_exists
from app.referrals.enums import ReferralState
from app.referrals.models.exchange import ReferralDocument, ReferralLink
from app.referrals.models.referral import Referral


@cache_predicate
def visible_to(user: Actor) -> ColumnElement[bool]:
    """Return a condition on `Referral`: the user sees its case. True for SYSTEM."""
    if user is SYSTEM:
        return true()
    return correlated_exists(Referral, Case.id == Referral.case_id, CasePolicy.visible_to(user))


@cache_predicate
def documents_visible_to(user: Actor) -> ColumnElement[bool]:
    """Return a condition on `ReferralDocument`: the user sees its referral."""
    return correlated_exists(ReferralDocument, Referral.id == ReferralDocument.referral_id, visible_to(user))


def terms_visible_to(user: Actor) -> ColumnElement[bool]:
    """Return a condition that is true for all staff and false for a user without a role."""
    return true() if has_role(user, *STAFF_ROLES) else false()


def can_edit(referral: Referral, user: Actor) -> bool:
    """Return whether the user may edit it: it is a draft, the case is open and nothing else forbids it."""
    is_editable = referral.state is ReferralState.draft and referral.case.is_open
    return is_editable and explain_referral_refusal(referral, user) is None


def can_transition(referral: Referral, user: Actor, transition: str) -> bool:  # noqa: ARG001
    """Return whether the user may run transitions; with emergency access only those of own referrals."""
    return explain_referral_refusal(referral, user) is None


def can_transition_document(document: ReferralDocument, user: Actor, transition: str) -> bool:  # noqa: ARG001
    """Return whether the user may run transitions of the referral that the document belongs to."""
    return explain_document_refusal(document, user) is None


def explain_document_refusal(document: ReferralDocument, user: Actor) -> str | None:
    """Return why the user may not change the document's referral, or None."""
    return explain_referral_refusal(document.referral, user)


def explain_referral_refusal(referral: Referral, user: Actor) -> str | None:
    """Return why the user may not change this referral, or None.

    A user who sees the case by emergency access only may change just the referrals that this user drafted.
    """
    if not has_emergency_access_only(referral.case, user) or referral.created_by_id == user.actor_id:
        return None
    refusal: str = _(
        "You see this case by emergency access: you read its referrals, and may draft and send one yourself."
    )
    return refusal


@dataclass(frozen=True)
class PartnerLinkActor:
    """Actor for requests by a partner link: no user id, no role, valid for the referral of the link only.

    Events name the partner; the message of the answer names the person who typed it.
    """

    link: ReferralLink
    actor_id = None
    role_names: frozenset[str] = frozenset()
    emergency_case_ids: frozenset[int] = frozenset()

    @property
    def full_name(self) -> str:
        """Return the name of the partner."""
        return self.link.referral.partner.name


def get_acting_link(by: Actor, referral: Referral) -> ReferralLink | None:
    """Return the link if `by` acts on this referral by a partner link, else None."""
    if isinstance(by, PartnerLinkActor) and by.link.referral_id == referral.id:
        return by.link
    return None
