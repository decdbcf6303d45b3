"""Help handed over to a client: joins a case with money, with a partner, or with a referral."""
