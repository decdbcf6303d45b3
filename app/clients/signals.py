"""Signals of changes to clients and consents, for upper rooms that this room may not import."""

from blinker import Signal

client_details_changed = Signal("personal details of a client were changed")
"""Sent with the client, `columns` (names of `enums.PERSONAL_DETAILS`) and `by`, in the transaction.

Also sent if they were changed in the household from which the client has them.
"""

consent_given = Signal("a client, or who answers for the client, gave a consent")
"""Sent with the consent and `by`, in the transaction."""

consent_withdrawn = Signal("a consent was withdrawn")
"""Sent with the consent and `by`, in the transaction."""
