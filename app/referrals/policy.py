"""Policies of referrals: they follow the case. A user with emergency access changes own drafts only."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, true

from app.cases.policy import CasePartPolicy, has_emergency_access_only
from app.core.actor import SYSTEM, Actor
from app.db.policy import Policy, StaffPolicy
from app.db.predicates import cache_class_predicate
from app.db.query_hints import correlated_exists
from app.referrals.enums import ReferralState
from app.referrals.models.exchange import ReferralDocument, ReferralLink
from app.referrals.models.referral import Referral
from app.referrals.models.terms import DeclineReason, ResponseTime


class ReferralPolicy(CasePartPolicy[Referral]):
    """A referral is seen like its case."""

    model = Referral

    @classmethod
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match the referrals of the cases that the user sees. True for SYSTEM."""
        return true() if user is SYSTEM else super().visible_to(user)

    @classmethod
    def can_edit(cls, referral: Referral, user: Actor) -> bool:
        """Return whether the user may edit it: a draft, the case is open and nothing else forbids it."""
        is_editable = referral.state is ReferralState.draft and referral.case.is_open
        return is_editable and cls.explain_refusal(referral, user) is None

    @classmethod
    def can_transition(cls, referral: Referral, user: Actor, name: str) -> bool:
        """Return whether the user may run transitions; with emergency access only those of own referrals."""
        return cls.explain_refusal(referral, user) is None

    @classmethod
    def explain_refusal(cls, referral: Referral, user: Actor) -> str | None:
        """Return why the user may not change this referral, or None.

        A user who sees the case by emergency access only may change just the referrals that this user
        drafted.
        """
        if not has_emergency_access_only(referral.case, user) or referral.created_by_id == user.actor_id:
            return None
        refusal: str = _(
            "You see this case by emergency access: you read its referrals,"
            " and may draft and send one yourself."
        )
        return refusal


class ReferralDocumentPolicy(Policy[ReferralDocument]):
    """A document is seen and changed like its referral."""

    model = ReferralDocument

    @classmethod
    @cache_class_predicate
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match the documents of the referrals that the user sees."""
        is_referral = Referral.id == ReferralDocument.referral_id
        return correlated_exists(ReferralDocument, is_referral, ReferralPolicy.visible_to(user))

    @classmethod
    def can_transition(cls, document: ReferralDocument, user: Actor, name: str) -> bool:
        """Return whether the user may run transitions of the referral that the document belongs to."""
        return cls.explain_refusal(document, user) is None

    @classmethod
    def explain_refusal(cls, document: ReferralDocument, user: Actor) -> str | None:
        """Return why the user may not change the document's referral, or None."""
        return ReferralPolicy.explain_refusal(document.referral, user)


class ResponseTimePolicy(StaffPolicy[ResponseTime]):
    """All staff see the response times."""

    model = ResponseTime


class DeclineReasonPolicy(StaffPolicy[DeclineReason]):
    """All staff see the reasons for declining."""

    model = DeclineReason


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
