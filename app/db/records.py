"""The plain verbs: what a room without rules of its own does when a form is saved."""

from collections.abc import Mapping
from typing import Any, TypeVar

from app.core.actor import Actor
from app.db.model import Entity, mark_changed
from app.extensions import db

E = TypeVar("E", bound=Entity)


def create(model: type[E], data: Mapping[str, Any], *, by: Actor) -> E:
    """Make a record of the validated form data and give it its id."""
    item = model(**data)
    db.session.add(item)
    db.session.flush()
    return item


def update(item: E, data: Mapping[str, Any], *, by: Actor) -> E:
    """Set what differs; an unchanged record keeps its version."""
    assign(item, data)
    db.session.flush()
    return item


def assign(item: Entity, data: Mapping[str, Any]) -> None:
    """Set what differs and leave the saving to the caller."""
    with db.session.no_autoflush:  # one UPDATE at the end, so that one save counts as one version
        for name, value in data.items():
            if getattr(item, name) != value:
                setattr(item, name, value)
                mark_changed(item)  # a change of links alone is a change of the record, too
