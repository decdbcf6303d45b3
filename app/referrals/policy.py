"""Who sees and moves a referral: whoever sees the case."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, false, true

from app.cases import visibility
from app.cases.models.case import Case
from app.cases.visibility import has_emergency_access_only
from app.core.actor import STAFF_ROLES, SYSTEM, Actor, has_role
from app.db.predicates import cache_predicate
from app.db.query_hints import correlated_exists
from app.referrals.enums import ReferralState
from app.referrals.models.exchange import ReferralDocument, ReferralLink
from app.referrals.models.referral import Referral


@cache_predicate
def visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the referrals of the cases that the user sees."""
    if user is SYSTEM:
        return true()
    return correlated_exists(Referral, Case.id == Referral.case_id, visibility.visible_to(user))


@cache_predicate
def documents_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the checklists of the referrals that the user sees."""
    return correlated_exists(ReferralDocument, Referral.id == ReferralDocument.referral_id, visible_to(user))


def terms_visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff; nobody without a role."""
    return true() if has_role(user, *STAFF_ROLES) else false()


def can_edit(referral: Referral, user: Actor) -> bool:
    """Let it be edited until it has left the house, while the case is open; a guest edits the guest's own."""
    draft = referral.state is ReferralState.draft and referral.case.is_open
    return draft and explain_referral_refusal(referral, user) is None


def can_transition(referral: Referral, user: Actor, transition: str) -> bool:  # noqa: ARG001
    """Let a guest of the case move only the referrals that the guest drafted."""
    return explain_referral_refusal(referral, user) is None


def can_transition_document(document: ReferralDocument, user: Actor, transition: str) -> bool:  # noqa: ARG001
    """Let whoever may move its referral."""
    return explain_document_refusal(document, user) is None


def explain_document_refusal(document: ReferralDocument, user: Actor) -> str | None:
    """Return why the user may not change the document's referral; None: nothing forbids it."""
    return explain_referral_refusal(document.referral, user)


def explain_referral_refusal(referral: Referral, user: Actor) -> str | None:
    """Return why a guest of the case may not change this referral: it is not the guest's own draft.

    None: nothing forbids it.
    """
    if not has_emergency_access_only(referral.case, user) or referral.created_by_id == user.actor_id:
        return None
    refusal: str = _(
        "You see this case by emergency access: you read its referrals, and may draft and send one yourself."
    )
    return refusal


@dataclass(frozen=True)
class PartnerLinkActor:
    """The partner behind an opened link: no user, no role, and good for its own referral alone.

    Events name the partner; who typed stands in the message of the answer.
    """

    link: ReferralLink
    actor_id = None
    role_names: frozenset[str] = frozenset()
    emergency_case_ids: frozenset[int] = frozenset()

    @property
    def full_name(self) -> str:
        """The partner's name."""
        return self.link.referral.partner.name


def get_acting_link(by: Actor, referral: Referral) -> ReferralLink | None:
    """The opened link by which somebody acts on this referral; None: not by a link."""
    if isinstance(by, PartnerLinkActor) and by.link.referral_id == referral.id:
        return by.link
    return None
