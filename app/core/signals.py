"""Signals by which upper floors listen to the house base without being imported by it."""

from blinker import Signal

record_accessed = Signal("somebody viewed, exported or printed a record, or was refused")
"""Sent with `action` (an audit action code), `entity` (table name) and `entity_id`; written by the audit.

`by` names the actor where it is no user (a partner's link). Everything else goes into the line's details:
`page` (the kind of page: `show`, `edit`, `timeline`, the name of a transition), and of a search `rows` (how
many were shown) and `filters` (their names, never what was typed).
"""
