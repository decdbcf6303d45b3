"""Temporary entries in extension points."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.core.registry import Registry


@contextmanager
def with_entries(registry: Registry[Any], *entries: Any) -> Iterator[None]:
    """Add entries to a closed registry inside the block."""
    before = list(registry._entries)
    registry._entries.extend(entries)
    try:
        yield
    finally:
        registry._entries[:] = before
