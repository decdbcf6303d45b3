"""How records for tests are made: through the verbs of the rooms, in the name of one of the cast."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, TypeVar

from app.core.unit import unit
from tests.support.portal import person

T = TypeVar("T")

_numbers = count(1)


def number() -> int:
    """A number that no other record of this run has."""
    return next(_numbers)


def saved(verb: Callable[..., T], data: Mapping[str, Any], *, by: str = "admin") -> T:
    """Run an add verb in a unit of its own, in the name of one of the cast."""
    actor = person(by)
    with unit(by=actor):
        return verb(dict(data), by=actor)
