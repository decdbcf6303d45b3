"""Generic services for saving a form, used by packages without rules of their own."""

from collections.abc import Mapping
from typing import Any, TypeVar

from app.core.actor import Actor
from app.db.model import Entity, mark_changed
from app.extensions import db

E = TypeVar("E", bound=Entity)


def create(model: type[E], data: Mapping[str, Any], *, by: Actor) -> E:
    """Create a record from validated form data and flush it, so that it has an id."""
    item = model(**data)
    db.session.add(item)
    db.session.flush()
    return item


def update(item: E, data: Mapping[str, Any], *, by: Actor) -> E:
    """Set the attributes that differ and flush; an unchanged record keeps its version."""
    assign(item, data)
    db.session.flush()
    return item


def assign(item: Entity, data: Mapping[str, Any]) -> None:
    """Set the attributes that differ, without a flush."""
    with db.session.no_autoflush:  # one UPDATE at the end, so that one save gives one new version
        for name, value in data.items():
            if getattr(item, name) != value:
                setattr(item, name, value)
                mark_changed(item)  # changed many-to-many links alone also need a new version
