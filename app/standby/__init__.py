"""Siaga 24 jam: who is on standby when, and what passes from one to the next."""
