"""Queries of the audit book, and which of the records it names the reader may see."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, false, literal, or_, select, true, union_all

from app.admin.access_log import holds_personal_data
from app.admin.registry import find_model_by_table, find_view
from app.audit.models import AuditEntry
from app.audit.policy import AuditEntryPolicy
from app.core.actor import Actor
from app.db.policy import Policy
from app.db.query_hints import correlated_exists
from app.db.stored_files import StoredFile, iter_upload_columns
from app.extensions import db

RecordKey = tuple[str, int]
"""(table, id) of the record that an entry is about."""

MAX_RECORDS_PER_QUERY = 5_000
"""Records per statement: SQLite takes at most 32,766 values. Only a `case_events` entry names more."""


def list_entries_about(table: str, key: int, limit: int) -> list[AuditEntry]:
    """List the entries about one record, newest first; uses the index on entity and id."""
    query = select(AuditEntry).where(AuditEntry.entity == table, AuditEntry.entity_id == key)
    return list(db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)))


def filter_visible_records(records: Iterable[RecordKey], user: Actor) -> frozenset[RecordKey]:
    """Return those of the records whose ids, names and values the audit book may show to the user.

    A record whose table has a view is visible by the view's policy, one without a view by the record
    that it belongs to (`Base.__parent_keys__`), a file by the records that name it, an audit entry by the
    record that it is about. A record of any other table is hidden. So is a deleted one, unless its table has
    no personal columns and all staff see it. Needs one statement for all tables, two more if audit entries
    are among the records.
    """
    record_keys = set(records)
    entry_keys = {record for record in record_keys if record[0] == AuditEntry.__tablename__}
    visible = _filter_visible_room_records(record_keys - entry_keys, user)
    return visible | _filter_visible_entries(entry_keys, user) if entry_keys else visible


def build_entry_filter(records: Iterable[RecordKey], user: Actor) -> ColumnElement[bool]:
    """Return true() if the user sees all the records, else false(), which empties a list about them."""
    record_keys = set(records)
    return true() if record_keys <= filter_visible_records(record_keys, user) else false()


def _filter_visible_entries(entry_keys: set[RecordKey], user: Actor) -> frozenset[RecordKey]:
    """Return the entries about a record that the user may see, and those about none."""
    ids = [key for _table, key in entry_keys]
    columns = (AuditEntry.id, AuditEntry.entity, AuditEntry.entity_id)
    subjects = {
        row.id: (row.entity, row.entity_id)
        for row in db.session.execute(
            select(*columns).where(AuditEntry.id.in_(ids), AuditEntryPolicy.visible_to(user))
        )
    }
    records = {
        record
        for record in subjects.values()
        if record[1] is not None and record[0] != AuditEntry.__tablename__
    }
    visible = _filter_visible_room_records(records, user)
    return frozenset(
        (AuditEntry.__tablename__, key)
        for key, subject in subjects.items()
        if subject[1] is None or subject in visible
    )


def _filter_visible_room_records(records: set[RecordKey], user: Actor) -> frozenset[RecordKey]:
    tables = {table for table, _key in records}
    unrestricted_tables = {table for table in tables if _is_unrestricted(find_model_by_table(table), user)}
    visible = {record for record in records if record[0] in unrestricted_tables}
    restricted = sorted(records - visible)
    for start in range(0, len(restricted), MAX_RECORDS_PER_QUERY):
        visible |= _query_visible_records(restricted[start : start + MAX_RECORDS_PER_QUERY], user)
    return frozenset(visible)


def _is_unrestricted(model: Any, user: Actor) -> bool:
    """Return whether the user may see every record of the table, deleted ones too.

    True if the table has no personal columns and the user's role hides none of its records.
    """
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
    """Yield queries that select those of the table's keys that the user may see."""
    model = find_model_by_table(table)
    if model is StoredFile:
        for owner, name in iter_upload_columns():
            file_query = select(literal(table), StoredFile.id).join(
                owner, getattr(owner, name) == StoredFile.key
            )
            yield file_query.where(StoredFile.id.in_(keys), _build_visibility_predicate(owner, user))
    elif model is not None and hasattr(model, "id"):
        yield select(literal(table), model.id).where(
            model.id.in_(keys), _build_visibility_predicate(model, user)
        )


def _build_visibility_predicate(model: Any, user: Actor) -> ColumnElement[bool]:
    """Return the predicate of the model's view, else of the records it belongs to, else false()."""
    view = find_view(model)
    if view is not None:
        policy: type[Policy[Any]] = view.policy
        return policy.visible_to(user)
    parents = (
        correlated_exists(model, parent.id == key, _build_visibility_predicate(parent, user))
        for key, parent in _list_parents(model)
    )
    return or_(false(), *parents)


def _list_parents(model: Any) -> list[tuple[Any, Any]]:
    """List the foreign keys to the records that such a record belongs to, each with its model."""
    keys = [model.__table__.c[name] for name in getattr(model, "__parent_keys__", ())]
    return [
        (key, find_model_by_table(foreign.column.table.name)) for key in keys for foreign in key.foreign_keys
    ]
