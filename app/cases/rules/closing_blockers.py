"""What still stands open in a case: an extension point that upper rooms fill."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from app.core.registry import Registry

if TYPE_CHECKING:
    from app.cases.models.case import Case


@dataclass(frozen=True)
class ClosingBlocker:
    """One thing that is not finished yet, and where to finish it."""

    text: Any
    """A translated phrase without anybody's name."""
    room: str
    """Route of its room without the slash, such as `follow-ups`."""
    item_id: int

    @property
    def url(self) -> str:
        """Its page."""
        return f"/{self.room}/show/{self.item_id}"

    @property
    def link(self) -> Markup:
        """Its text, leading to its page."""
        return Markup('<a href="{}">{}</a>').format(self.url, self.text)

    def __str__(self) -> str:
        return str(self.text)


closing_checks = Registry[Callable[["Case"], Iterable[ClosingBlocker]]](
    "what keeps a case from being closed", required=True
)
"""Each gives what of its room stands open in the case."""


def list_closing_blockers(case: "Case") -> list[ClosingBlocker]:
    """Everything that still stands open in the case."""
    return [standing for check in closing_checks for standing in check(case)]
