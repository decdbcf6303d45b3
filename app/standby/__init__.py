"""Siaga 24 jam (24-hour standby): shifts, hand-overs between shifts, and calls."""
