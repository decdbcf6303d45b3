"""How a referral begins: which need, which partner, what the partner wants to see."""

from app.core.search import search_text
from app.referrals.models import Referral

SERIES = "referral"
"""Number series of referrals."""


def referral_search_text(referral: Referral) -> str:
    """Give what the quick search finds a referral by."""
    return search_text(
        referral.number, referral.letter_number, referral.partner.name, referral.need_kind.name
    )
