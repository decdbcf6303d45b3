"""Services of referrals; each one that changes a referral records an event of the case."""
