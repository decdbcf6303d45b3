"""Pages of the referrals."""

from app.referrals.views.terms import DeclineReasonView as DeclineReasonView
from app.referrals.views.terms import ResponseTimeView as ResponseTimeView
