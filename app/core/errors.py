"""Refusals that are meant for the user. Anything else that is raised is a fault of ours."""

from collections.abc import Sequence
from typing import Any


class PortalError(Exception):
    """A verb refuses: a translated sentence, beside the field it belongs to (None: above the form).

    `link` is a (url, text) pair that helps the user on, for instance to the record that is in the way;
    `links` are several of them, each on a line of its own.
    """

    status = 200

    def __init__(
        self,
        message: Any,
        field: str | None = None,
        *,
        link: tuple[str, Any] | None = None,
        links: Sequence[tuple[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.link = link
        self.links = links

    def __str__(self) -> str:
        return str(self.message)


class CommittedError(PortalError):
    """A refusal that is itself written down: what the verb wrote before it stays."""


class Forbidden(PortalError):
    """The role or the row does not allow it (403)."""

    status = 403


class Conflict(PortalError):
    """The state or the version of the record no longer allows it (409)."""

    status = 409


class StartupError(Exception):
    """The portal cannot start; the message says in one sentence what to do (exit code 2)."""
