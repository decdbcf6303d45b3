"""Who sees and moves a referral: whoever sees the case."""

from sqlalchemy import ColumnElement, false, true

from app.cases import access as cases
from app.cases.models import Case
from app.core.actor import STAFF, SYSTEM, Actor, has_role
from app.core.asking import each
from app.core.sight import made_once
from app.referrals.models import Referral, ReferralDocument
from app.referrals.services.rules import act_refusal as act_refusal
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


def may_edit(referral: Referral, user: Actor) -> bool:
    """Let it be edited until it has left the house, while the case is open; a guest edits the guest's own."""
    draft = referral.state is ReferralState.draft and referral.case.is_open
    return draft and act_refusal(referral, user) is None


def may_move(referral: Referral, user: Actor, move: str) -> bool:  # noqa: ARG001
    """Let a guest of the case move only the referrals that the guest drafted."""
    return act_refusal(referral, user) is None


def may_move_document(document: ReferralDocument, user: Actor, move: str) -> bool:  # noqa: ARG001
    """Let whoever may move its referral."""
    return explain_document_refusal(document, user) is None


def explain_document_refusal(document: ReferralDocument, user: Actor) -> str | None:
    """Return why the user may not change the document's referral; None: nothing forbids it."""
    return act_refusal(document.referral, user)
