"""Closing blockers: an extension point by which other packages report unfinished items of a case."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from app.core.registry import Registry

if TYPE_CHECKING:
    from app.cases.models.case import Case


@dataclass(frozen=True)
class ClosingBlocker:
    """One unfinished item that keeps a case open, and the page on which to finish it."""

    text: Any
    """Translated phrase without anybody's name."""
    room: str
    """Route of the item's view without the slash, such as `follow-ups`."""
    item_id: int

    @property
    def url(self) -> str:
        """Path of the item's detail page."""
        return f"/{self.room}/show/{self.item_id}"

    @property
    def link(self) -> Markup:
        """The text as a link to the detail page."""
        return Markup('<a href="{}">{}</a>').format(self.url, self.text)

    def __str__(self) -> str:
        return str(self.text)


closing_checks = Registry[Callable[["Case"], Iterable[ClosingBlocker]]](
    "what keeps a case from being closed", required=True
)
"""Extension point: each function returns the unfinished items of its package in the case."""


def list_closing_blockers(case: "Case") -> list[ClosingBlocker]:
    """Return everything that is still open in the case, from all packages."""
    return [blocker for check in closing_checks for blocker in check(case)]
