"""Signals by which rooms above hear of changes to a client, without being imported here."""

from blinker import Signal

client_details_changed = Signal("personal details of a client were changed")
"""Sent with the client, `columns` (names of `choices.PERSONAL_DETAILS`) and `by`, in the transaction.

Also when they were changed in the household from which the client has them.
"""

consent_given = Signal("a client, or who answers for the client, gave a consent")
"""Sent with the consent and `by`, in the transaction."""

consent_withdrawn = Signal("a consent was withdrawn")
"""Sent with the consent and `by`, in the transaction."""
