"""What pages and papers ask of the book, and which of the records it names their reader may see."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, false, literal, or_, select, true, union_all

from app.admin.access_log import holds_personal_data
from app.admin.registry import find_model_by_table, find_view
from app.audit.models import AuditEntry
from app.audit.policy import visible_to
from app.core.actor import Actor
from app.db.query_hints import correlated_exists
from app.db.stored_files import StoredFile, iter_upload_columns
from app.extensions import db

RecordKey = tuple[str, int]
"""(table, id), as a line of the book names what it is about."""

MAX_RECORDS_PER_QUERY = 5_000
"""Records of one statement: SQLite takes 32,766 values. Only a `case_events` line names more."""


def list_entries_about(table: str, key: int, limit: int) -> list[AuditEntry]:
    """Give the lines about one record, the newest first, by the index of entity and id."""
    query = select(AuditEntry).where(AuditEntry.entity == table, AuditEntry.entity_id == key)
    return list(db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)))


def filter_visible_records(records: Iterable[RecordKey], user: Actor) -> frozenset[RecordKey]:
    """Return those records of which the book may show the user ids, names and values.

    A record with a view is visible by the view's `visible_to`; one without by that of the record it belongs
    to (`Base.__parent_keys__`); a file by the records that name it; a line of this book by what it is about.
    A record of a table for which none of this is declared is not visible, nor is a deleted one, unless the
    table has no personal columns and all staff see it. One statement for all tables, two more where lines of
    this book are among the records.
    """
    wanted = set(records)
    of_book = {record for record in wanted if record[0] == AuditEntry.__tablename__}
    visible = _filter_visible_room_records(wanted - of_book, user)
    return visible | _filter_visible_entries(of_book, user) if of_book else visible


def build_entry_filter(records: Iterable[RecordKey], user: Actor) -> ColumnElement[bool]:
    """Return the condition that leaves no line of a list about records of which one is not visible."""
    wanted = set(records)
    return true() if wanted <= filter_visible_records(wanted, user) else false()


def _filter_visible_entries(entry_keys: set[RecordKey], user: Actor) -> frozenset[RecordKey]:
    """Return those lines that are about a record that the user may see, or about none."""
    ids = [key for _table, key in entry_keys]
    columns = (AuditEntry.id, AuditEntry.entity, AuditEntry.entity_id)
    subjects = {
        row.id: (row.entity, row.entity_id)
        for row in db.session.execute(select(*columns).where(AuditEntry.id.in_(ids), visible_to(user)))
    }
    records = {one for one in subjects.values() if one[1] is not None and one[0] != AuditEntry.__tablename__}
    visible = _filter_visible_room_records(records, user)
    return frozenset(
        (AuditEntry.__tablename__, key)
        for key, subject in subjects.items()
        if subject[1] is None or subject in visible
    )


def _filter_visible_room_records(records: set[RecordKey], user: Actor) -> frozenset[RecordKey]:
    tables = {table for table, _key in records}
    is_open = {table for table in tables if _is_unrestricted(find_model_by_table(table), user)}
    visible = {record for record in records if record[0] in is_open}
    guarded = sorted(records - visible)
    for start in range(0, len(guarded), MAX_RECORDS_PER_QUERY):
        visible |= _query_visible_records(guarded[start : start + MAX_RECORDS_PER_QUERY], user)
    return frozenset(visible)


def _is_unrestricted(model: Any, user: Actor) -> bool:
    """Whether all records of the table may be shown, deleted ones too: not personal, visible to all staff."""
    if model is None or holds_personal_data(model):
        return False
    view = find_view(model)
    if view is not None:
        return not view.has_hidden_records(user)
    parents = [parent for _key, parent in _list_parents(model)]
    return bool(parents) and all(_is_unrestricted(parent, user) for parent in parents)


def _query_visible_records(records: list[RecordKey], user: Actor) -> set[RecordKey]:
    ids = defaultdict[str, list[int]](list)
    for table, key in records:
        ids[table].append(key)
    queries = [query for table, keys in ids.items() for query in _build_visibility_queries(table, keys, user)]
    if not queries:
        return set()
    return {(table, key) for table, key in db.session.execute(union_all(*queries))}


def _build_visibility_queries(table: str, keys: list[int], user: Actor) -> Iterator[Select[str, int]]:
    """Give the queries that find the visible ones of these records of a table."""
    model = find_model_by_table(table)
    if model is StoredFile:
        for owner, name in iter_upload_columns():
            file = select(literal(table), StoredFile.id).join(owner, getattr(owner, name) == StoredFile.key)
            yield file.where(StoredFile.id.in_(keys), _build_visibility_predicate(owner, user))
    elif model is not None and hasattr(model, "id"):
        yield select(literal(table), model.id).where(
            model.id.in_(keys), _build_visibility_predicate(model, user)
        )


def _build_visibility_predicate(model: Any, user: Actor) -> ColumnElement[bool]:
    """Return the predicate of the model's view, else that of the records it belongs to, else false."""
    view = find_view(model)
    if view is not None:
        return type(view).visible_to(user)  # type: ignore[no-any-return]
    parents = (
        correlated_exists(model, parent.id == key, _build_visibility_predicate(parent, user))
        for key, parent in _list_parents(model)
    )
    return or_(false(), *parents)


def _list_parents(model: Any) -> list[tuple[Any, Any]]:
    """Return the foreign keys to what such a record belongs to, each with its model."""
    keys = [model.__table__.c[name] for name in getattr(model, "__parent_keys__", ())]
    return [
        (key, find_model_by_table(foreign.column.table.name)) for key in keys for foreign in key.foreign_keys
    ]
