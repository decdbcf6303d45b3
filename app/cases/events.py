"""Types of case events: one `EventType` for each code, and the register of all of them.

An event stores the code of its type and a payload of ids and codes. Each package declares the types that it
records in its `event_types`, and `app.registration` registers them.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from flask_babel import gettext as _

from app.core.registry import Registry

LABEL = "%(label)s"
"""Sentence of an event type whose label says everything."""


@dataclass(frozen=True)
class EventGroup:
    """A filter of the timeline."""

    code: str
    """Value of the `kind` argument of the timeline's URL."""
    label: Any


PayloadFormat = type[enum.Enum] | Callable[[Any], str]
"""How a sentence shows a value of the payload: the label of a code, or the text that a function returns."""


@dataclass(frozen=True)
class SentenceVariant:
    """A sentence that replaces the usual one if the payload has a value, or one code, at a key."""

    sentence: Any
    key: str
    code: str | None = None
    """The code that the payload must hold; None: any value that is not empty."""

    def is_chosen(self, data: Mapping[str, Any]) -> bool:
        """Return whether the payload calls for this sentence."""
        value = data.get(self.key)
        return bool(value) if self.code is None else value == self.code


@dataclass(frozen=True, eq=False)
class EventType:
    """One type of case event: its code, its words, its icon, and the groups of the timeline it is in."""

    code: str
    """Stored in `case_event.kind`."""
    label: Any
    """Short name; shown alone where the payload is empty or erased."""
    sentence: Any
    """Text with placeholders for keys of the payload; `LABEL` if it is the label."""
    icon: str
    """Symbol of the sprite."""
    groups: tuple[EventGroup, ...]
    payload: Mapping[str, PayloadFormat] = field(default_factory=dict)
    """Key of the payload -> how sentences show it; a key that is not named is shown as stored."""
    variants: tuple[SentenceVariant, ...] = ()
    """The first one that is chosen replaces `sentence`."""
    text_columns: tuple[str, ...] = ()
    """`table.column` of texts of the source record, shown whole: who sees the case may read them."""

    def __post_init__(self) -> None:
        """Raise `ValueError` if a part is missing, so that the portal does not start with it."""
        required = ("code", "label", "sentence", "icon", "groups")
        missing = [name for name in required if not getattr(self, name)]
        if missing:
            raise ValueError(f"event type {self.code}: {', '.join(missing)} missing")

    def format_sentence(self, data: Mapping[str, Any] | None) -> str:
        """Return the sentence in the reader's language; without payload the label."""
        if not data:
            return str(self.label)
        texts = {key: self._format_value(key, value) for key, value in data.items()}
        variant = next((variant for variant in self.variants if variant.is_chosen(data)), None)
        sentence = self.sentence if variant is None else variant.sentence
        return str(sentence) % {**texts, "label": str(self.label)}

    def _format_value(self, key: str, value: Any) -> Any:
        payload_format = self.payload.get(key)
        if payload_format is None:
            return value
        if isinstance(payload_format, enum.EnumType):
            return str(payload_format[value].value)
        return payload_format(value)


event_groups = Registry[EventGroup]("groups of case events", required=True, key=lambda group: group.code)
event_types = Registry[EventType](
    "types of case events", required=True, key=lambda event_type: event_type.code
)


def list_event_types(module: ModuleType) -> list[EventType]:
    """Return the event types that the module declares, in their order."""
    return [value for value in vars(module).values() if isinstance(value, EventType)]


def list_codes_of_group(code: str) -> list[str]:
    """Return the codes of the event types of the group, sorted."""
    return sorted(
        event_type.code for event_type in event_types if code in {group.code for group in event_type.groups}
    )


def format_event(code: str, data: Mapping[str, Any] | None) -> str:
    """Return the sentence of an event; an event of an unregistered type is named by its code."""
    event_type = event_types.get(code)
    if event_type is None:
        return str(_("Other event (%(code)s)", code=code))
    return event_type.format_sentence(data)
