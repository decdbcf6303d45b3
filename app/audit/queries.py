"""What pages and papers ask of the book, and which of the records it names their reader may see."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, false, literal, or_, select, true, union_all

from app.audit.access import visible_to
from app.audit.models import AuditEntry
from app.core.actor import Actor
from app.core.asking import each
from app.core.registry import model_of_table, view_of
from app.core.stored_files import StoredFile, upload_columns
from app.core.views.access_log import holds_personal_data
from app.extensions import db

Record = tuple[str, int]
"""(table, id), as a line of the book names what it is about."""

MOST_RECORDS = 5_000
"""Records of one statement: SQLite takes 32,766 values. Only a `case_events` line names more."""


def entries_about(table: str, key: int, most: int) -> list[AuditEntry]:
    """Give the lines about one record, the newest first, by the index of entity and id."""
    query = select(AuditEntry).where(AuditEntry.entity == table, AuditEntry.entity_id == key)
    return list(db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(most)))


def visible_records(records: Iterable[Record], user: Actor) -> frozenset[Record]:
    """Return those records of which the book may show the user ids, names and values.

    A record with a view is visible by the view's `visible_to`; one without by that of the record it belongs
    to (`Base.__parent_keys__`); a file by the records that name it; a line of this book by what it is about.
    A record of a table for which none of this is declared is not visible, nor is a deleted one, unless the
    table has no personal columns and all staff see it. One statement for all tables, two more where lines of
    this book are among the records.
    """
    wanted = set(records)
    of_book = {record for record in wanted if record[0] == AuditEntry.__tablename__}
    visible = _visible_of_rooms(wanted - of_book, user)
    return visible | _visible_lines(of_book, user) if of_book else visible


def lines_about(records: Iterable[Record], user: Actor) -> ColumnElement[bool]:
    """Return the condition that leaves no line of a list about records of which one is not visible."""
    wanted = set(records)
    return true() if wanted <= visible_records(wanted, user) else false()


def _visible_lines(of_book: set[Record], user: Actor) -> frozenset[Record]:
    """Return those lines that are about a record that the user may see, or about none."""
    ids = [key for _table, key in of_book]
    columns = (AuditEntry.id, AuditEntry.entity, AuditEntry.entity_id)
    subjects = {
        row.id: (row.entity, row.entity_id)
        for row in db.session.execute(select(*columns).where(AuditEntry.id.in_(ids), visible_to(user)))
    }
    records = {one for one in subjects.values() if one[1] is not None and one[0] != AuditEntry.__tablename__}
    visible = _visible_of_rooms(records, user)
    return frozenset(
        (AuditEntry.__tablename__, key)
        for key, subject in subjects.items()
        if subject[1] is None or subject in visible
    )


def _visible_of_rooms(records: set[Record], user: Actor) -> frozenset[Record]:
    tables = {table for table, _key in records}
    is_open = {table for table in tables if _is_open(model_of_table(table), user)}
    visible = {record for record in records if record[0] in is_open}
    guarded = sorted(records - visible)
    for start in range(0, len(guarded), MOST_RECORDS):
        visible |= _query_visible(guarded[start : start + MOST_RECORDS], user)
    return frozenset(visible)


def _is_open(model: Any, user: Actor) -> bool:
    """Whether all records of the table may be shown, deleted ones too: not personal, visible to all staff."""
    if model is None or holds_personal_data(model):
        return False
    view = view_of(model)
    if view is not None:
        return not view.is_guarded(user)
    parents = [parent for _key, parent in _parents(model)]
    return bool(parents) and all(_is_open(parent, user) for parent in parents)


def _query_visible(records: list[Record], user: Actor) -> set[Record]:
    ids = defaultdict[str, list[int]](list)
    for table, key in records:
        ids[table].append(key)
    queries = [query for table, keys in ids.items() for query in _queries(table, keys, user)]
    if not queries:
        return set()
    return {(table, key) for table, key in db.session.execute(union_all(*queries))}


def _queries(table: str, keys: list[int], user: Actor) -> Iterator[Select[str, int]]:
    """Give the queries that find the visible ones of these records of a table."""
    model = model_of_table(table)
    if model is StoredFile:
        for owner, name in upload_columns():
            file = select(literal(table), StoredFile.id).join(owner, getattr(owner, name) == StoredFile.key)
            yield file.where(StoredFile.id.in_(keys), _is_visible(owner, user))
    elif model is not None and hasattr(model, "id"):
        yield select(literal(table), model.id).where(model.id.in_(keys), _is_visible(model, user))


def _is_visible(model: Any, user: Actor) -> ColumnElement[bool]:
    """Return the predicate of the model's view, else that of the records it belongs to, else false."""
    view = view_of(model)
    if view is not None:
        return type(view).visible_to(user)  # type: ignore[no-any-return]
    parents = (each(model, parent.id == key, _is_visible(parent, user)) for key, parent in _parents(model))
    return or_(false(), *parents)


def _parents(model: Any) -> list[tuple[Any, Any]]:
    """Return the foreign keys to what such a record belongs to, each with its model."""
    keys = [model.__table__.c[name] for name in getattr(model, "__parent_keys__", ())]
    return [(key, model_of_table(foreign.column.table.name)) for key in keys for foreign in key.foreign_keys]
