"""Notices: one row for each user and reason, unread or read."""
