"""Models of referrals; all modules are imported because relationships name classes across modules."""

from app.referrals.models import disclosure, exchange, referral, terms

__all__ = ["disclosure", "exchange", "referral", "terms"]
