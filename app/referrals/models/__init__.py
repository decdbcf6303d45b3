"""Tables of the referrals; imported whole, because relationships name each other's classes."""

from app.referrals.models import disclosure, exchange, referral, terms

__all__ = ["disclosure", "exchange", "referral", "terms"]
