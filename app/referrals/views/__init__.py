"""Pages of the referrals."""

from app.referrals.views.documents import ReferralDocumentView as ReferralDocumentView
from app.referrals.views.links import LetterView as LetterView
from app.referrals.views.links import LinkView as LinkView
from app.referrals.views.partner_page import PartnerPageView as PartnerPageView
from app.referrals.views.referrals import ReferralView as ReferralView
from app.referrals.views.terms import DeclineReasonView as DeclineReasonView
from app.referrals.views.terms import ResponseTimeView as ResponseTimeView
