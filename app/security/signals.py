"""Signals of changes to accounts, for upper rooms that this room may not import."""

from blinker import Signal

account_changed = Signal("somebody changed another user's access to the portal")
"""Sent with the user, `change` (`enums.AccountChange`) and `by`, in the transaction."""
