"""Tables of the referrals."""

from app.referrals.models.disclosure import ReferralDisclosure as ReferralDisclosure
from app.referrals.models.exchange import ReferralDocument as ReferralDocument
from app.referrals.models.exchange import ReferralLink as ReferralLink
from app.referrals.models.exchange import ReferralMessage as ReferralMessage
from app.referrals.models.referral import Referral as Referral
from app.referrals.models.terms import DeclineReason as DeclineReason
from app.referrals.models.terms import ResponseTime as ResponseTime
