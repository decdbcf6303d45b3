"""Exceptions with a message for the user. Any other exception is a bug."""

from collections.abc import Sequence
from typing import Any

from app.core.records import RecordLink


class PortalError(Exception):
    """A service refuses: translated message, shown at `field` of the form, or above the form if None.

    `link` leads to the next step, for instance to the record that blocks this one.
    `links` are several of them, each shown on its own line.
    """

    status = 200

    def __init__(
        self,
        message: Any,
        field: str | None = None,
        *,
        link: RecordLink | None = None,
        links: Sequence[RecordLink] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.link = link
        self.links = links

    def __str__(self) -> str:
        return str(self.message)


class CommittedError(PortalError):
    """A `PortalError` whose transaction is committed: what the service wrote before raising it stays."""


class Forbidden(PortalError):
    """The actor's role, or the policy for this record, does not allow the request (403)."""

    status = 403


class Conflict(PortalError):
    """The record's state or version does not allow the request any more (409)."""

    status = 409


class StartupError(Exception):
    """The portal or a command cannot start; the message says in one sentence what to do (exit code 2)."""
