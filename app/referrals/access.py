"""Who sees and moves a referral: whoever sees the case."""

from sqlalchemy import ColumnElement, false, true

from app.cases import access as cases
from app.cases.models import Case
from app.core.actor import STAFF, SYSTEM, Actor, has_role
from app.core.asking import each
from app.core.sight import made_once
from app.referrals.models import Referral, ReferralDocument
from app.referrals.states import ReferralState


@made_once
def visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the referrals of the cases that the user sees."""
    if user is SYSTEM:
        return true()
    return each(Referral, Case.id == Referral.case_id, cases.visible_to(user))


@made_once
def documents_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the checklists of the referrals that the user sees."""
    return each(ReferralDocument, Referral.id == ReferralDocument.referral_id, visible_to(user))


def terms_visible_to(user: Actor) -> ColumnElement[bool]:
    """All staff; nobody without a role."""
    return true() if has_role(user, *STAFF) else false()


def may_edit(referral: Referral, user: Actor) -> bool:  # noqa: ARG001
    """Let it be edited until it has left the house, while the case is open."""
    return referral.state is ReferralState.draft and referral.case.is_open
