"""Which view answers for which model: selects, links and searches ask here, not each other."""

from typing import TYPE_CHECKING, Any

from flask import current_app

from app.extensions import Model

if TYPE_CHECKING:
    from app.admin.base import PortalView


def register_view(view: "PortalView") -> None:
    """Make the view answer for its model (the first registered view of a model does)."""
    views = current_app.extensions.setdefault("portal_views", {})
    views.setdefault(view.datamodel.obj, view)


def find_view(model: type[Any]) -> "PortalView | None":
    """The view that answers for the model, or None."""
    views = current_app.extensions.get("portal_views", {})
    return next((views[base] for base in model.__mro__ if base in views), None)


def find_view_by_room(room: str) -> "PortalView | None":
    """The view whose room (its route without the slash) is so named, or None."""
    views = current_app.extensions.get("portal_views", {})
    return next((view for view in views.values() if view.room == room), None)


def is_record(value: Any) -> bool:
    """Whether the value is a record of some room."""
    return isinstance(value, Model)


def find_view_by_table(name: str) -> "PortalView | None":
    """The view that answers for the records of this table, or None."""
    views = current_app.extensions.get("portal_views", {})
    return next((view for model, view in views.items() if model.__tablename__ == name), None)


def find_model_by_table(name: str) -> type[Any] | None:
    """The model of this table, or None; of a class and its base in one table (users) the class."""
    found = [one.class_ for one in Model.registry.mappers if one.local_table.name == name]
    return max(found, key=lambda model: len(model.__mro__), default=None)
