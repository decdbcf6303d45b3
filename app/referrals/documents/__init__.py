"""PDF documents of a referral."""
