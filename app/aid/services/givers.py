"""Who gives the aid: one grant, spending that is there, or one partner, perhaps after a referral."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.errors import PortalError
from app.grants.enums import Purpose
from app.grants.models.money import Expenditure
from app.grants.services.spending import create_expenditure
from app.grants.transitions import ExpenditureState
from app.partners.models import Partner
from app.referrals.models.referral import Referral
from app.referrals.transitions import LIVE_STATES


def get_referral_partner(data: Mapping[str, Any]) -> Partner | None:
    """Find who gives where only the referral is named."""
    named = data.get("referral") is None or any(
        data.get(name) is not None for name in ("grant", "expenditure")
    )
    return None if named else data["referral"].partner


def require_matching_referral(data: Mapping[str, Any]) -> None:
    """Refuse a referral of another case or partner, and one that nothing can come of any more."""
    referral: Referral | None = data.get("referral")
    if referral is None:
        return
    if referral.case != data["case"] or referral.partner != data["partner"]:
        raise PortalError(
            _("Choose a referral of this case to the partner who gives the aid."), field="referral"
        )
    if referral.state.name not in LIVE_STATES:
        raise PortalError(
            _("This referral now says “%(state)s”.", state=str(referral.state.value)), field="referral"
        )


def require_one_giver(data: Mapping[str, Any]) -> None:
    """Refuse aid that nobody gives, or two."""
    givers = [name for name in ("grant", "expenditure", "partner") if data.get(name) is not None]
    if len(givers) != 1:
        raise PortalError(
            _("Say who gives it: one grant, or one partner."), field=givers[-1] if givers else "grant"
        )


def get_or_create_expenditure(data: Mapping[str, Any], by: Actor) -> Expenditure | None:
    """Find the spending, or propose it."""
    if data.get("grant") is not None:
        spending = {
            "grant": data["grant"],
            "case": data["case"],
            "purpose": Purpose.client_aid,
            "amount": data["value"],
            "description": data["item"],
            "late_reason": data.get("late_reason"),
        }
        return _create_grant_expenditure(spending, by)
    paid: Expenditure | None = data.get("expenditure")
    if paid is None:
        return None
    fits = paid.case == data["case"] and paid.purpose is Purpose.client_aid
    if not fits or paid.state not in (ExpenditureState.proposed, ExpenditureState.approved):
        raise PortalError(
            _("Choose spending on aid for this case that was not rejected or reversed."), field="expenditure"
        )
    return paid


def _create_grant_expenditure(spending: Mapping[str, Any], by: Actor) -> Expenditure:
    fields = {"amount": "value", "purpose": "grant"}
    try:
        return create_expenditure(spending, by=by)
    except PortalError as refusal:  # the form of aid asks the same under other names
        refusal.field = fields.get(str(refusal.field), refusal.field)
        raise
