"""Papers of a referral."""
