"""Saving and locking of records: the plain services of rooms without rules of their own, and row locks."""

from collections.abc import Mapping
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.actor import Actor
from app.core.errors import Conflict
from app.db.model import Entity, mark_changed
from app.extensions import db

FormData = Mapping[str, Any]
"""Validated data of a form: field name -> value."""

E = TypeVar("E", bound=Entity)


def create(model: type[E], data: FormData, *, by: Actor) -> E:
    """Create a record from validated form data and flush it, so that it has an id."""
    item = model(**data)
    db.session.add(item)
    db.session.flush()
    return item


def update(item: E, data: FormData, *, by: Actor) -> E:
    """Set the attributes that differ and flush; an unchanged record keeps its version."""
    assign(item, data)
    db.session.flush()
    return item


def assign(item: Entity, data: FormData) -> None:
    """Set the attributes that differ, without a flush."""
    with db.session.no_autoflush:  # one UPDATE at the end, so that one save gives one new version
        for name, value in data.items():
            if getattr(item, name) != value:
                setattr(item, name, value)
                mark_changed(item)  # changed many-to-many links alone also need a new version


def lock(record: Entity) -> None:
    """Lock the row until the transaction ends, and reload the record."""
    model = type(record)
    # NO KEY: inserting a row that points to the record must not wait for this lock, or two transactions
    # could wait for each other.
    db.session.execute(select(model.id).where(model.id == record.id).with_for_update(key_share=True))
    db.session.refresh(record)


def lock_and_check_version(record: Entity) -> None:
    """Lock the record; raise Conflict if somebody saved it after the form was opened."""
    expected_version = record.version
    lock(record)
    if record.version != expected_version:
        raise Conflict(_("Somebody else changed this record while you were writing."))


def touch(record: Entity) -> None:
    """Give the record a new version although only related rows changed, so that open forms notice it."""
    mark_changed(record)
    db.session.flush()
