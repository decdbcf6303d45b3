"""An audit entry in the words of the rooms that its records belong to."""

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from flask import current_app, g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy import Date, Enum, inspect, select

from app.audit.access_log import LAST, PAGE, REPEATS
from app.audit.changes import HIDDEN
from app.audit.choices import ABOUT_BOOKS, EVIDENCE, READING, Action
from app.audit.models import AuditEntry
from app.audit.queries import Record, visible_records
from app.audit.services import CASE_BOOK
from app.core import display
from app.core.masking import mask_for
from app.core.registry import model_of_table, view_named, view_of, view_of_table
from app.core.types import Instant
from app.core.views.access_log import ALL_ROOMS, FIRST_PAGE
from app.core.views.cells import not_visible
from app.extensions import db
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

SEVERAL_ROOMS: dict[str, Any] = {ALL_ROOMS: _l("Search in all rooms"), FIRST_PAGE: _l("First page")}
"""What stands for a kind of record where a search or a page lists several kinds."""

PAGES: dict[str, Any] = {
    "show": _l("Page of the record"),
    "desk": _l("Page of the record"),
    "edit": _l("Form to change it"),
    "add": _l("Form of another record"),
    "hand_over": _l("Form of the hand-over"),
    "timeline": _l("Timeline"),
    "report": _l("Report of the timeline"),
    "list": _l("List"),
    "section": _l("Section of another record's page"),
    "options": _l("Choices of a form"),
    "search": _l("Quick search"),
    "link": _l("Link for the partner"),
    "document": _l("Document"),
    "download": _l("File"),
    "download_file": _l("File"),
    "readers": _l("Who has seen it"),
    "audit": _l("Line of the audit log"),
}
"""Kinds of pages, as lines about reading name them; the others are named as the room's transitions."""

FILTERS: dict[str, Any] = {
    "q": _l("Search"),
    "archived": _l("With archived records"),
    "queue": _l("Named list"),
}
"""Names of filters that are no columns."""


def kinds() -> list[tuple[str, str]]:
    """Give every kind of record as (table, name), by name, for a choice."""
    tables = [model.__tablename__ for model in current_app.extensions["portal_views"]]
    return sorted(((table, str(entity(table))) for table in (*tables, *SEVERAL_ROOMS)), key=itemgetter(1))


def entity(table: str) -> Markup:
    """Name the kind of record as its room does."""
    view, model = view_of_table(table), model_of_table(table)
    if table in SEVERAL_ROOMS:
        return escape(SEVERAL_ROOMS[table])
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
    """Tell each thing that such a line proves on a line of its own; of hidden events nothing."""
    lines = [
        Markup("{}: {}").format(EVIDENCE_LABELS[name], _proved(name, value))
        for name, value in (told or {}).items()
    ]
    return Markup("<br>").join(lines) if lines else escape(display.UNKNOWN)


def _proved(name: str, value: Any) -> str:
    if name == "events":
        return _events(value)
    if name == "erased":
        value = ", ".join(f"{entity(table)}: {len(ids)}" for table, ids in value.items() if ids) or None
    return str(display.UNKNOWN if value is None else value)


def _events(events: Sequence[Sequence[Any]]) -> str:
    visible = g.get("audit_visible", frozenset())
    shown = [" ".join(map(str, event)) for event in events if (CASE_BOOK, event[1]) in visible]
    # The same sentence whether any are left out or not: a number would tell of a hidden case.
    return "; ".join([*shown, _("Only events of cases that you see are listed.")])


def evidence_names(names: Sequence[str]) -> Markup:
    """Name what such a line proves, for a list."""
    return escape(", ".join(str(EVIDENCE_LABELS[name]) for name in names) or display.UNKNOWN)


def changes(table: str, told: Mapping[str, Any] | None) -> Markup:
    """Tell each change on a line of its own: column, old value, new value."""
    if told is None:
        return escape(_("Erased by law"))
    lines = [
        Markup("{}: {}").format(label(table, name), _change(value, model_of_table(table), name))
        for name, value in told.items()
    ]
    return Markup("<br>").join(lines) if lines else escape(display.UNKNOWN)


def changed(table: str, names: Sequence[str]) -> Markup:
    """Name what changed, for a list: the entry's page tells the rest."""
    return escape(", ".join(str(label(table, name)) for name in names) or display.UNKNOWN)


def reading(table: str, details: Mapping[str, Any] | None) -> Markup:
    """Tell of a look or a search: the kind of page, how much it showed, by which filters, how often again."""
    if details is None:
        return escape(_("Erased by law"))
    parts = [_page(table, details[PAGE])] if details.get(PAGE) else []
    if "rows" in details:
        parts.append(ngettext("%(num)d row", "%(num)d rows", details["rows"]))
    if details.get("filters"):
        names = ", ".join(str(_filter(table, name)) for name in details["filters"])
        parts.append(_("by %(filters)s", filters=names))
    if details.get("rooms"):
        found = filter(None, map(view_named, details["rooms"]))
        parts.append(_("found in %(rooms)s", rooms=", ".join(str(view.list_title) for view in found)))
    if REPEATS in details:
        again = {"count": details[REPEATS], "time": display.moment(datetime.fromisoformat(details[LAST]))}
        parts.append(_("%(count)s times more, last %(time)s", **again))
    return escape(" · ".join(map(str, parts)) or display.UNKNOWN)


def _page(table: str, page: str) -> Any:
    view = view_of_table(table)
    moves = {move.name: move.label for move in getattr(view, "moves", ())}
    return PAGES.get(page) or moves.get(page) or _("Another page")


def _filter(table: str, name: str) -> Any:
    view = view_of_table(table)
    presets = {preset.name: preset.label for preset in getattr(view, "presets", ())}
    return FILTERS.get(name) or presets.get(name) or label(table, name)


def label(table: str, name: str) -> Any:
    """Find the column's label in its room; FAB would make up an English one for the others."""
    shown = getattr(type(view_of_table(table)), "label_columns", None) or {}
    known = {**OTHERS, **getattr(model_of_table(table), "__labels__", {}), **shown}
    return known.get(name) or known.get(name.removesuffix("_id")) or _l("Other details")


WITHHELD = _l("You may not see what this record holds.")


def withheld() -> Markup:
    """Say in place of what a line tells that its record is not visible to the reader."""
    return Markup("<span class=muted>{}</span>").format(WITHHELD)


def find_visible(entries: Iterable[AuditEntry]) -> None:
    """Find which of the records that these lines are about the reader may see, for `is_visible`."""
    about = [(entry.entity, entry.entity_id) for entry in entries if entry.action not in ABOUT_BOOKS]
    g.audit_visible = visible_records([(table, key) for table, key in about if key is not None], current_user)


def is_visible(entry: AuditEntry) -> bool:
    """Whether the reader may see the record that the line is about; a line about none hides nothing."""
    if entry.entity_id is None or entry.action in ABOUT_BOOKS:
        return True
    return (entry.entity, entry.entity_id) in g.get("audit_visible", frozenset())


def look_up(entry: AuditEntry) -> None:
    """Find for the page of one line what of it the reader may see.

    That is its record, its case events, the names of the records in its changes (once per kind), and the
    restricted columns of the record itself (`g.audit_restricted`).
    """
    find_visible([entry])
    g.audit_names, g.audit_restricted = {}, frozenset()
    if entry.action is Action.case_events:
        events = ((CASE_BOOK, event[1]) for event in (entry.changes or {}).get("events", ()))
        g.audit_visible |= visible_records(events, current_user)
    elif entry.action not in EVIDENCE and is_visible(entry):
        g.audit_names, g.audit_restricted = _names_in(entry), _restricted(entry)


def _names_in(entry: AuditEntry) -> dict[tuple[type[Any], int], str]:
    wanted: dict[type[Any], set[int]] = {}
    for name, value in (entry.changes or {}).items():
        related = _related(model_of_table(entry.entity), name)
        if related is not None and value != HIDDEN:
            wanted.setdefault(related, set()).update(_ids(value))
    return {(model, key): text for model, ids in wanted.items() for key, text in _names(model, ids)}


def _restricted(entry: AuditEntry) -> frozenset[str]:
    """Return the columns of a visible record that the reader may not read."""
    view = view_of_table(entry.entity)
    restriction = view.datamodel.restriction if view is not None else None
    if view is None or restriction is None or entry.entity_id is None:
        return frozenset()
    found = view.visible_items([entry.entity_id])
    return view.withheld(found[0]) if found else restriction.columns


def shows_values(entry: AuditEntry) -> bool:
    """Whether the page of the line, after `look_up`, shows a former or new value of the line's record."""
    if entry.entity_id is None or entry.action in (*READING, *EVIDENCE) or not is_visible(entry):
        return False
    return any(value != HIDDEN and _is_readable(name) for name, value in (entry.changes or {}).items())


def _is_readable(name: str) -> bool:
    """Whether the reader may read this column or relation of the record."""
    restricted = g.get("audit_restricted", frozenset())
    return name not in restricted and name.removesuffix("_id") not in restricted


def _ids(value: Any) -> Iterator[int]:
    for part in value:
        yield from part if isinstance(part, list) else [part] if part is not None else []


def _names(model: type[Any], ids: set[int]) -> Iterator[tuple[int, str]]:
    """Give the names of those that the reader may see; the number of what has no page."""
    view = view_of(model)
    if view is not None:
        yield from ((item.id, view.option_text(item)) for item in view.visible_items(sorted(ids)))
    elif model is Role:
        known = {role.id: RoleName[role.name].value for role in db.session.scalars(select(Role))}
        yield from ((key, str(known[key])) for key in ids if key in known)
    else:
        records: set[Record] = {(model.__tablename__, key) for key in ids}
        yield from ((key, f"#{key}") for _table, key in visible_records(records, current_user))


def _related(model: type[Any] | None, name: str) -> type[Any] | None:
    """Find whose ids stand in this column or relation."""
    mapper = inspect(model) if model is not None else None
    if mapper is None or name in mapper.relationships:
        return None if mapper is None else mapper.relationships[name].mapper.class_
    keys = _column(model, name).foreign_keys if name in mapper.columns else ()
    return next((model_of_table(key.column.table.name) for key in keys), None)


def _column(model: type[Any] | None, name: str) -> Any:
    return inspect(model).columns.get(name) if model is not None else None


def _change(value: Any, model: type[Any] | None, name: str) -> Markup:
    if value == HIDDEN:
        return escape(_("changed"))
    related, column = _related(model, name), _column(model, name)
    if not _is_readable(name):
        return escape(_("changed"))
    old, new = (_named(part, related) if related else _shown(part, column) for part in value)
    return Markup("{} → {}").format(old, new)


def _named(value: Any, related: type[Any]) -> Markup:
    """Name one record or several; of what the reader may not see only that there is some."""
    names, ids = g.get("audit_names", {}), list(_ids([value]))
    shown = [escape(names[related, key]) for key in ids if (related, key) in names]
    if len(shown) < len(ids):
        shown.append(not_visible())
    return Markup(", ").join(shown) or escape(display.UNKNOWN)


def _shown(value: Any, column: Any) -> Markup:
    return display.show(mask_for(current_user, _typed(value, column), column), column, mask=False)


def _typed(value: Any, column: Any) -> Any:
    """Give a value of the book its type back."""
    kind = getattr(column, "type", None)
    if not isinstance(value, str):
        return value
    if (codes := getattr(column, "info", {}).get("codes")) is not None:
        return ", ".join(str(codes.get(code, code)) for code in value.split(","))
    if isinstance(kind, Enum) and kind.enum_class is not None:
        members: Mapping[str, enum.Enum] = kind.enum_class.__members__
        return members.get(value, value)
    if isinstance(kind, Instant):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value
