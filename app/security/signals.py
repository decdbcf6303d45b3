"""Signals by which rooms above hear of changes to an account, without being imported here."""

from blinker import Signal

account_changed = Signal("somebody changed another user's access to the portal")
"""Sent with the user, `change` (`choices.AccountChange`) and `by`, in the transaction."""
