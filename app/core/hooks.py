"""Signals by which upper floors listen to the house base without being imported by it."""

from blinker import Signal

accessed = Signal("somebody viewed, exported or printed a record, or was refused")
"""Sent with `action` (an audit action code), `entity` (table name) and `entity_id`; written by the audit."""
