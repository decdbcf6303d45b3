"""Signals that lower packages send and upper packages receive, so that no import points upwards."""

from blinker import Signal

record_accessed = Signal("somebody viewed, exported or printed a record, or was refused")
"""Sent with `action` (an audit action code), `entity` (table name) and `entity_id`; the audit writes it down.

`by` is the actor if it is not a user (a partner's link). All other arguments become details of the entry:
`page` (the kind of page: `show`, `edit`, `timeline`, the name of a transition) and, for a search, `rows`
(number of rows shown) and `filters` (names of the filters, never their values).
"""
