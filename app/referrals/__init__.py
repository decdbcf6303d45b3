"""Referrals: a client is connected with a partner, and somebody always owns the next step."""
