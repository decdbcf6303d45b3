"""An audit entry in the words of the rooms that its records belong to."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import Date, Enum, inspect, select

from app.audit.changes import HIDDEN
from app.audit.models import AuditEntry
from app.core import display
from app.core.registry import view_of, view_of_table
from app.core.types import Instant
from app.extensions import Model, db
from app.security.choices import RoleName
from app.security.models import Role

OTHERS: dict[str, Any] = {
    "archived_at": _l("Archived on"),
    "locked_until": _l("Log-in locked until"),
    "temporary_until": _l("Temporary password expires"),
    "password": _l("Password"),
    "last_name": _l("Last name"),
    "email": _l("E-mail"),
    "must_change_password": _l("Must choose a new password"),
    "language": _l("Language"),
    "groups": _l("Groups"),
}
"""Labels of columns that no page shows under their own name, and of those that came with the framework."""


def entity(table: str) -> Markup:
    """Name the kind of record as its room does."""
    view, model = view_of_table(table), _model(table)
    return escape((view.show_title if view else getattr(model, "__title__", None)) or _("Other details"))


EVIDENCE_LABELS: dict[str, Any] = {
    "events": _l("Events of cases: case, event, checksum"),
    "book": _l("Identifier of the audit book"),
    "audit_id": _l("Last entry"),
    "event_id": _l("Last event"),
    "cases": _l("Number of cases"),
    "digest": _l("Checksum (SHA-256)"),
    "erased": _l("Records erased before"),
    "made_at": _l("Backup made at"),
    "sha256": _l("Checksum of the backup"),
    "basis": _l("Legal basis"),
}
"""What the lines say that prove others (`choices.EVIDENCE`): no columns of a record."""


def evidence(told: Mapping[str, Any] | None) -> Markup:
    """Tell each thing that such a line proves on a line of its own."""
    lines = [
        Markup("{}: {}").format(EVIDENCE_LABELS[name], _proved(value)) for name, value in (told or {}).items()
    ]
    return Markup("<br>").join(lines) if lines else escape(display.UNKNOWN)


def _proved(value: Any) -> str:
    if isinstance(value, Mapping):
        value = [[name, *ids] for name, ids in value.items() if ids]
    if isinstance(value, list):
        return "; ".join(" ".join(map(str, one)) for one in value) or str(display.UNKNOWN)
    return str(display.UNKNOWN if value is None else value)


def evidence_names(names: Sequence[str]) -> Markup:
    """Name what such a line proves, for a list."""
    return escape(", ".join(str(EVIDENCE_LABELS[name]) for name in names) or display.UNKNOWN)


def changes(table: str, told: Mapping[str, Any] | None) -> Markup:
    """Tell each change on a line of its own: column, old value, new value."""
    if told is None:
        return escape(_("Erased by law"))
    lines = [
        Markup("{}: {}").format(label(table, name), _change(value, _model(table), name))
        for name, value in told.items()
    ]
    return Markup("<br>").join(lines) if lines else escape(display.UNKNOWN)


def changed(table: str, names: Sequence[str]) -> Markup:
    """Name what changed, for a list: the entry's page tells the rest."""
    return escape(", ".join(str(label(table, name)) for name in names) or display.UNKNOWN)


def label(table: str, name: str) -> Any:
    """Find the column's label in its room; FAB would make up an English one for the others."""
    shown = getattr(type(view_of_table(table)), "label_columns", None) or {}
    known = {**OTHERS, **getattr(_model(table), "__labels__", {}), **shown}
    return known.get(name) or known.get(name.removesuffix("_id")) or _l("Other details")


def look_up(entry: AuditEntry) -> None:
    """Find the names of the records in these changes, as far as the reader may see them: once per kind."""
    wanted: dict[type[Any], set[int]] = {}
    for name, value in (entry.changes or {}).items():
        related = _related(_model(entry.entity), name)
        if related is not None and value != HIDDEN:
            wanted.setdefault(related, set()).update(_ids(value))
    g.audit_names = {(model, key): text for model, ids in wanted.items() for key, text in _names(model, ids)}


def _ids(value: Any) -> Iterator[int]:
    for part in value:
        yield from part if isinstance(part, list) else [part] if part is not None else []


def _names(model: type[Any], ids: set[int]) -> Iterator[tuple[int, str]]:
    view = view_of(model)
    if view is not None:
        yield from ((item.id, view.option_text(item)) for item in view.visible_items(sorted(ids)))
    elif model is Role:
        known = {role.id: RoleName[role.name].value for role in db.session.scalars(select(Role))}
        yield from ((key, str(known[key])) for key in ids if key in known)


def _model(table: str) -> type[Any] | None:
    return next((one.class_ for one in Model.registry.mappers if one.local_table.name == table), None)


def _related(model: type[Any] | None, name: str) -> type[Any] | None:
    """Find whose ids stand in this column or relation."""
    mapper = inspect(model) if model is not None else None
    if mapper is None or name in mapper.relationships:
        return None if mapper is None else mapper.relationships[name].mapper.class_
    keys = _column(model, name).foreign_keys if name in mapper.columns else ()
    return next((_model(key.column.table.name) for key in keys), None)


def _column(model: type[Any] | None, name: str) -> Any:
    return inspect(model).columns.get(name) if model is not None else None


def _change(value: Any, model: type[Any] | None, name: str) -> Markup:
    if value == HIDDEN:
        return escape(_("changed"))
    related, column = _related(model, name), _column(model, name)
    old, new = (_named(part, related) if related else _shown(part, column) for part in value)
    return Markup("{} → {}").format(old, new)


def _named(value: Any, related: type[Any]) -> Markup:
    """Name one record or several; what the reader may not see keeps its number."""
    names = g.get("audit_names", {})
    return escape(", ".join(names.get((related, key), f"#{key}") for key in _ids([value])) or display.UNKNOWN)


def _shown(value: Any, column: Any) -> Markup:
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
