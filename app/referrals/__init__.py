"""Referrals of clients to partners; somebody is always responsible for the next step."""
