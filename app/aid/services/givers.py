"""Source of aid: one grant, one existing expenditure, or one partner, perhaps through a referral."""

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
    """Return the partner of the referral if it is the source of the aid, else None."""
    has_other_source = data.get("referral") is None or any(
        data.get(name) is not None for name in ("grant", "expenditure")
    )
    return None if has_other_source else data["referral"].partner


def require_matching_referral(data: Mapping[str, Any]) -> None:
    """Raise if the referral is for another case or partner, or is not live any more."""
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
    """Raise unless exactly one of grant, expenditure and partner is given."""
    givers = [name for name in ("grant", "expenditure", "partner") if data.get(name) is not None]
    if len(givers) != 1:
        raise PortalError(
            _("Say who gives it: one grant, or one partner."), field=givers[-1] if givers else "grant"
        )


def get_or_create_expenditure(data: Mapping[str, Any], by: Actor) -> Expenditure | None:
    """Return the given expenditure, or propose one from the grant; None for a partner's aid."""
    if data.get("grant") is not None:
        expenditure_data = {
            "grant": data["grant"],
            "case": data["case"],
            "purpose": Purpose.client_aid,
            "amount": data["value"],
            "description": data["item"],
            "late_reason": data.get("late_reason"),
        }
        return _create_grant_expenditure(expenditure_data, by)
    expenditure: Expenditure | None = data.get("expenditure")
    if expenditure is None:
        return None
    is_matching = expenditure.case == data["case"] and expenditure.purpose is Purpose.client_aid
    if not is_matching or expenditure.state not in (ExpenditureState.proposed, ExpenditureState.approved):
        raise PortalError(
            _("Choose spending on aid for this case that was not rejected or reversed."), field="expenditure"
        )
    return expenditure


def _create_grant_expenditure(spending: Mapping[str, Any], by: Actor) -> Expenditure:
    form_fields = {"amount": "value", "purpose": "grant"}
    try:
        return create_expenditure(spending, by=by)
    except PortalError as error:  # the form of aid has these fields under other names
        error.field = form_fields.get(str(error.field), error.field)
        raise
