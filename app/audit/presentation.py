"""Audit entries as HTML, with the labels of the rooms that their records belong to."""

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

from app.admin.access_log import FIRST_PAGE_ENTITY, GLOBAL_SEARCH_ENTITY
from app.admin.labels import find_label
from app.admin.registry import find_model_by_table, find_view, find_view_by_room, find_view_by_table
from app.admin.rows import render_not_visible
from app.admin.values import render_value
from app.audit.enums import BOOK_ACTIONS, EVIDENCE_ACTIONS, READ_ACTIONS, Action
from app.audit.models import AuditEntry
from app.audit.queries import RecordKey, filter_visible_records
from app.audit.services.access_log import LAST_KEY, PAGE_KEY, REPEATS_KEY
from app.audit.services.audit_book import CASE_EVENT_TABLE
from app.audit.services.changes import HIDDEN_VALUE
from app.core import formats
from app.db.column_info import get_label
from app.db.masking import mask_for
from app.db.types import Instant
from app.extensions import db
from app.security.enums import RoleName
from app.security.models import Role

CROSS_ROOM_LABELS: dict[str, Any] = {
    GLOBAL_SEARCH_ENTITY: _l("Search in all rooms"),
    FIRST_PAGE_ENTITY: _l("First page"),
}
"""Labels used as kind of record for a search or a page that lists several kinds."""

PAGE_LABELS: dict[str, Any] = {
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
"""Page kind of an access entry -> label. Other page kinds are names of the view's transitions."""

FILTER_LABELS: dict[str, Any] = {
    "q": _l("Search"),
    "archived": _l("With archived records"),
    "queue": _l("Named list"),
}
"""Labels of list filters that are not columns."""


def list_record_kinds() -> list[tuple[str, str]]:
    """List every kind of record as (table, label), sorted by label, for a select."""
    tables = [model.__tablename__ for model in current_app.extensions["portal_views"]]
    return sorted(
        ((table, str(get_entity_label(table))) for table in (*tables, *CROSS_ROOM_LABELS)), key=itemgetter(1)
    )


def get_entity_label(table: str) -> Markup:
    """Return the label for one record of the table, as its view titles it."""
    view, model = find_view_by_table(table), find_model_by_table(table)
    if table in CROSS_ROOM_LABELS:
        return escape(CROSS_ROOM_LABELS[table])
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
"""Labels of the details of entries that prove others (`enums.EVIDENCE_ACTIONS`): these are no columns of a
record."""


def render_evidence(details: Mapping[str, Any] | None) -> Markup:
    """Render each detail of an evidence entry on its own line, without events of hidden cases."""
    lines = [
        Markup("{}: {}").format(EVIDENCE_LABELS[name], _format_evidence(name, value))
        for name, value in (details or {}).items()
    ]
    return Markup("<br>").join(lines) if lines else escape(formats.EMPTY_VALUE)


def _format_evidence(name: str, value: Any) -> str:
    if name == "events":
        return _format_events(value)
    if name == "erased":
        value = (
            ", ".join(f"{get_entity_label(table)}: {len(ids)}" for table, ids in value.items() if ids) or None
        )
    return str(formats.EMPTY_VALUE if value is None else value)


def _format_events(events: Sequence[Sequence[Any]]) -> str:
    visible = g.get("audit_visible", frozenset())
    visible_events = [
        " ".join(map(str, event)) for event in events if (CASE_EVENT_TABLE, event[1]) in visible
    ]
    # The sentence is the same whether events are left out or not: a count would reveal a hidden case.
    return "; ".join([*visible_events, _("Only events of cases that you see are listed.")])


def render_evidence_names(names: Sequence[str]) -> Markup:
    """Render the labels of an evidence entry's details, for a list."""
    return escape(", ".join(str(EVIDENCE_LABELS[name]) for name in names) or formats.EMPTY_VALUE)


def render_changes(table: str, details: Mapping[str, Any] | None) -> Markup:
    """Render each change on its own line: column, old value, new value."""
    if details is None:
        return escape(_("Erased by law"))
    lines = [
        Markup("{}: {}").format(
            get_column_label(table, name), _render_change(value, find_model_by_table(table), name)
        )
        for name, value in details.items()
    ]
    return Markup("<br>").join(lines) if lines else escape(formats.EMPTY_VALUE)


def render_changed_columns(table: str, names: Sequence[str]) -> Markup:
    """Render the labels of the changed columns, for a list; the detail page shows the values."""
    return escape(", ".join(str(get_column_label(table, name)) for name in names) or formats.EMPTY_VALUE)


def render_access(table: str, details: Mapping[str, Any] | None) -> Markup:
    """Render an access entry: page kind, number of rows, filters, rooms with results, repeats."""
    if details is None:
        return escape(_("Erased by law"))
    parts = [_get_page_label(table, details[PAGE_KEY])] if details.get(PAGE_KEY) else []
    if "rows" in details:
        parts.append(ngettext("%(num)d row", "%(num)d rows", details["rows"]))
    if details.get("filters"):
        filter_labels = ", ".join(str(_get_filter_label(table, name)) for name in details["filters"])
        parts.append(_("by %(filters)s", filters=filter_labels))
    if details.get("rooms"):
        views = filter(None, map(find_view_by_room, details["rooms"]))
        parts.append(_("found in %(rooms)s", rooms=", ".join(str(view.list_title) for view in views)))
    if REPEATS_KEY in details:
        repeats = {
            "count": details[REPEATS_KEY],
            "time": formats.format_instant(datetime.fromisoformat(details[LAST_KEY])),
        }
        parts.append(_("%(count)s times more, last %(time)s", **repeats))
    return escape(" · ".join(map(str, parts)) or formats.EMPTY_VALUE)


def _get_page_label(table: str, page: str) -> Any:
    view = find_view_by_table(table)
    transition_labels = {transition.name: transition.label for transition in getattr(view, "transitions", ())}
    return PAGE_LABELS.get(page) or transition_labels.get(page) or _("Another page")


def _get_filter_label(table: str, name: str) -> Any:
    view = find_view_by_table(table)
    presets = {preset.name: preset.label for preset in getattr(view, "presets", ())}
    return FILTER_LABELS.get(name) or presets.get(name) or get_column_label(table, name)


def get_column_label(table: str, name: str) -> Any:
    """Return the column's label in its view; a foreign key has the label of its relationship."""
    view, model = find_view_by_table(table), find_model_by_table(table)
    if model is None:
        return _l("Other details")
    for column in (name, name.removesuffix("_id")):
        label = find_label(type(view), model, column) if view else get_label(model, column)
        if label is not None:
            return label
    return _l("Other details")


WITHHELD_MESSAGE = _l("You may not see what this record holds.")


def render_withheld() -> Markup:
    """Render the placeholder for details of a record that the reader may not see."""
    return Markup("<span class=muted>{}</span>").format(WITHHELD_MESSAGE)


def load_visible_records(entries: Iterable[AuditEntry]) -> None:
    """Load into `g.audit_visible` which records of these entries the reader may see, for `is_visible`."""
    record_keys = [(entry.entity, entry.entity_id) for entry in entries if entry.action not in BOOK_ACTIONS]
    g.audit_visible = filter_visible_records(
        [(table, key) for table, key in record_keys if key is not None], current_user
    )


def is_visible(entry: AuditEntry) -> bool:
    """Return whether the reader may see the entry's record; True for an entry about no record."""
    if entry.entity_id is None or entry.action in BOOK_ACTIONS:
        return True
    return (entry.entity, entry.entity_id) in g.get("audit_visible", frozenset())


def load_entry_visibility(entry: AuditEntry) -> None:
    """Load what the reader may see of one entry, for its detail page.

    Sets `g.audit_visible` (the entry's record and its case events), `g.audit_names` (names of the records in
    its changes, one query per model) and `g.audit_restricted` (columns of the record that the reader may not
    read).
    """
    load_visible_records([entry])
    g.audit_names, g.audit_restricted = {}, frozenset()
    if entry.action is Action.case_events:
        events = ((CASE_EVENT_TABLE, event[1]) for event in (entry.changes or {}).get("events", ()))
        g.audit_visible |= filter_visible_records(events, current_user)
    elif entry.action not in EVIDENCE_ACTIONS and is_visible(entry):
        g.audit_names, g.audit_restricted = _load_names(entry), _get_restricted_columns(entry)


def _load_names(entry: AuditEntry) -> dict[tuple[type[Any], int], str]:
    ids_by_model: dict[type[Any], set[int]] = {}
    for name, value in (entry.changes or {}).items():
        related = _get_related_model(find_model_by_table(entry.entity), name)
        if related is not None and value != HIDDEN_VALUE:
            ids_by_model.setdefault(related, set()).update(_iter_ids(value))
    return {
        (model, key): text for model, ids in ids_by_model.items() for key, text in _iter_names(model, ids)
    }


def _get_restricted_columns(entry: AuditEntry) -> frozenset[str]:
    """Return the columns of a visible record that the reader may not read."""
    view = find_view_by_table(entry.entity)
    restriction = view.datamodel.restriction if view is not None else None
    if view is None or restriction is None or entry.entity_id is None:
        return frozenset()
    visible_items = view.visible_items([entry.entity_id])
    columns: frozenset[str] = (
        view.restricted_columns(visible_items[0]) if visible_items else restriction.columns
    )
    return columns


def has_visible_values(entry: AuditEntry) -> bool:
    """Return whether the detail page shows an old or new value of the entry's record.

    Call `load_entry_visibility` first.
    """
    if entry.entity_id is None or entry.action in (*READ_ACTIONS, *EVIDENCE_ACTIONS) or not is_visible(entry):
        return False
    return any(
        value != HIDDEN_VALUE and _is_column_readable(name) for name, value in (entry.changes or {}).items()
    )


def _is_column_readable(name: str) -> bool:
    """Return whether the reader may read this column or relation of the entry's record."""
    restricted = g.get("audit_restricted", frozenset())
    return name not in restricted and name.removesuffix("_id") not in restricted


def _iter_ids(value: Any) -> Iterator[int]:
    for part in value:
        yield from part if isinstance(part, list) else [part] if part is not None else []


def _iter_names(model: type[Any], ids: set[int]) -> Iterator[tuple[int, str]]:
    """Yield id and name of the records that the reader may see; `#id` where a table has no view."""
    view = find_view(model)
    if view is not None:
        yield from ((item.id, view.option_text(item)) for item in view.visible_items(sorted(ids)))
    elif model is Role:
        role_labels = {role.id: RoleName[role.name].value for role in db.session.scalars(select(Role))}
        yield from ((key, str(role_labels[key])) for key in ids if key in role_labels)
    else:
        records: set[RecordKey] = {(model.__tablename__, key) for key in ids}
        yield from ((key, f"#{key}") for _table, key in filter_visible_records(records, current_user))


def _get_related_model(model: type[Any] | None, name: str) -> type[Any] | None:
    """Return the model whose ids this column or relation holds, or None."""
    mapper = inspect(model) if model is not None else None
    if mapper is None or name in mapper.relationships:
        return None if mapper is None else mapper.relationships[name].mapper.class_
    keys = _get_column(model, name).foreign_keys if name in mapper.columns else ()
    return next((find_model_by_table(key.column.table.name) for key in keys), None)


def _get_column(model: type[Any] | None, name: str) -> Any:
    return inspect(model).columns.get(name) if model is not None else None


def _render_change(value: Any, model: type[Any] | None, name: str) -> Markup:
    if value == HIDDEN_VALUE:
        return escape(_("changed"))
    related, column = _get_related_model(model, name), _get_column(model, name)
    if not _is_column_readable(name):
        return escape(_("changed"))
    old, new = (
        _render_record_names(part, related) if related else _render_value(part, column) for part in value
    )
    return Markup("{} → {}").format(old, new)


def _render_record_names(value: Any, related: type[Any]) -> Markup:
    """Render the names of the visible records; one placeholder stands for all hidden ones."""
    names, ids = g.get("audit_names", {}), list(_iter_ids([value]))
    visible_names = [escape(names[related, key]) for key in ids if (related, key) in names]
    if len(visible_names) < len(ids):
        visible_names.append(render_not_visible())
    return Markup(", ").join(visible_names) or escape(formats.EMPTY_VALUE)


def _render_value(value: Any, column: Any) -> Markup:
    return render_value(mask_for(current_user, _parse_value(value, column), column), column, mask=False)


def _parse_value(value: Any, column: Any) -> Any:
    """Convert a JSON value of an entry to the Python type of its column, and codes to labels."""
    column_type = getattr(column, "type", None)
    if not isinstance(value, str):
        return value
    if (codes := getattr(column, "info", {}).get("codes")) is not None:
        return ", ".join(str(codes.get(code, code)) for code in value.split(","))
    if isinstance(column_type, Enum) and column_type.enum_class is not None:
        members: Mapping[str, enum.Enum] = column_type.enum_class.__members__
        return members.get(value, value)
    if isinstance(column_type, Instant):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column_type, Date) else value
