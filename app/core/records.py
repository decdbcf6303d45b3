"""References to records: models and services name a record and know no URL; `admin.links` makes the link."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RecordRef:
    """A record, or one page of it."""

    model: type[Any]
    id: int
    page: str = "show"
    """`show`, `edit`, another page of its view, or the name of a transition."""


@dataclass(frozen=True)
class AddFormRef:
    """The form that adds a record of a model."""

    model: type[Any]
    values: Mapping[str, Any] = field(default_factory=dict)
    """Fields that are filled in beforehand."""


@dataclass(frozen=True)
class RecordLink:
    """A translated text that leads to a record or a form."""

    ref: RecordRef | AddFormRef
    text: Any

    def __str__(self) -> str:
        return str(self.text)
