"""An audit entry in the words of the rooms that its records belong to."""

import enum
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import Date, Enum

from app.audit.changes import HIDDEN
from app.core import display
from app.core.types import Instant

OTHERS: dict[str, Any] = {
    "archived_at": _l("Archived on"),
    "locked_at": _l("Locked on"),
    "password": _l("Password"),
}
"""Labels of columns that no page shows under their own name."""


def entity(table: str) -> Markup:
    """Name the kind of record as its room does."""
    view = _view(table)
    return escape(view.show_title if view else _("Other details"))


def changes(table: str, told: Mapping[str, Any] | None) -> Markup:
    """Tell each change on a line of its own: column, old value, new value."""
    if told is None:
        return escape(_("Erased by law"))
    view = _view(table)
    columns = view.columns if view else {}
    lines = [
        Markup("{}: {}").format(_label(view, name), _change(value, columns.get(name)))
        for name, value in told.items()
    ]
    return Markup("<br>").join(lines) if lines else escape(display.UNKNOWN)


def _view(table: str) -> Any:
    views = current_app.extensions.get("portal_views", {})
    return next((view for model, view in views.items() if model.__tablename__ == table), None)


def _label(view: Any, name: str) -> Any:
    """Find the column's label in its room; FAB would make up an English one for the others."""
    declared = getattr(type(view), "label_columns", None) or {}
    return (
        declared.get(name) or declared.get(name.removesuffix("_id")) or OTHERS.get(name, _l("Other details"))
    )


def _change(value: Any, column: Any) -> Markup:
    if value == HIDDEN:
        return escape(_("changed"))
    old, new = (_shown(part, column) for part in value)
    return Markup("{} → {}").format(old, new)


def _shown(value: Any, column: Any) -> Markup:
    if isinstance(value, list):
        return escape(", ".join(f"#{key}" for key in value) or display.UNKNOWN)
    if value is not None and getattr(column, "foreign_keys", None):
        return escape(f"#{value}")
    return display.show(_typed(value, column), column)


def _typed(value: Any, column: Any) -> Any:
    """Give a value of the book its type back."""
    kind = getattr(column, "type", None)
    if not isinstance(value, str):
        return value
    if isinstance(kind, Enum) and kind.enum_class is not None:
        members: Mapping[str, enum.Enum] = kind.enum_class.__members__
        return members.get(value, value)
    if isinstance(kind, Instant):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value
