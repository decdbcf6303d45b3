"""Aid handed over to clients: joins a case with a grant, a partner or a referral."""
