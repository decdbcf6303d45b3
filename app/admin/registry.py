"""Registry of views by model: selects, links and searches find each other's view here."""

from typing import Any

from flask import current_app

from app.extensions import Model

View = Any
"""A `PortalView`, which is built of the modules that use this name: to import it there would be a circle."""


def register_view(view: View) -> None:
    """Register the view for its model; the first view of a model stays."""
    views = current_app.extensions.setdefault("portal_views", {})
    views.setdefault(view.datamodel.obj, view)


def find_view(model: type[Any]) -> View | None:
    """Return the view of the model or of its nearest base class, or None."""
    views = current_app.extensions.get("portal_views", {})
    return next((views[base] for base in model.__mro__ if base in views), None)


def find_view_by_room(room: str) -> View | None:
    """Return the view with this `room` (its route without the slash), or None."""
    views = current_app.extensions.get("portal_views", {})
    return next((view for view in views.values() if view.room == room), None)


def is_record(value: Any) -> bool:
    """Whether the value is an instance of a model."""
    return isinstance(value, Model)


def find_view_by_table(name: str) -> View | None:
    """Return the view for the records of this table, or None."""
    views = current_app.extensions.get("portal_views", {})
    return next((view for model, view in views.items() if model.__tablename__ == name), None)


def find_model_by_table(name: str) -> type[Any] | None:
    """Return the model of this table, or None; of a class and its base in one table (users) the class."""
    models = [mapper.class_ for mapper in Model.registry.mappers if mapper.local_table.name == name]
    return max(models, key=lambda model: len(model.__mro__), default=None)
