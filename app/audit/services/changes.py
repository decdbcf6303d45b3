"""Changes of a flush as details of audit entries: old and new value of each column.

Of a personal column only that it changed, except in updates of `FORMER_VALUE_TABLES`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Enum, Integer, Numeric, inspect
from sqlalchemy.orm import InstanceState, RelationshipDirection, Session
from sqlalchemy.orm.attributes import History

from app.audit.enums import Action
from app.db.model import Entity
from app.db.types import Instant, Line, Phone, Rupiah

HIDDEN_VALUE = "•"
"""Replaces both values where the audit book records only that they changed."""

RECORDED_TYPES = (BigInteger, Boolean, Date, DateTime, Enum, Integer, Numeric, Instant, Line, Rupiah)
"""Column types whose values are recorded, unless the column is personal or sensitive. Prose and files are
not."""

FORMER_VALUE_TABLES = frozenset({"client", "household", "partner_contact", "consent"})
"""Tables whose updates record old and new values of personal columns, except prose and files.

Users who may see the record now can read them (`presentation.load_entry_visibility`); all others see only
that the entry exists.
"""

EXTRA_AUDITED_TABLES = frozenset({"ab_user"})
"""Tables that are audited although their models are not subclasses of `Entity`."""

IGNORED_COLUMNS = frozenset(
    {"id", "created_at", "created_by_id", "changed_at", "changed_by_id", "version", "search_text"}
    | {"created_on", "created_by_fk", "changed_on", "changed_by_fk"}
    | {"last_login", "login_count", "fail_login_count"}
    | {"nik_in_check"}
)
"""Columns that are not recorded.

They repeat columns of the audit entry, or change at every log-in, or (`nik_in_check`) would reveal a client
whom the reader may not see.
"""


@dataclass
class Change:
    """Change of one record, in one flush or merged over a transaction."""

    action: Action
    entity: str
    entity_id: int
    columns: dict[str, Any] = field(default_factory=dict)
    """Name -> (old, new), or `HIDDEN_VALUE`."""
    links: dict[str, Counter[int]] = field(default_factory=dict)
    """Many-to-many relation -> how often each id was added (negative: removed)."""

    def to_details(self) -> dict[str, Any]:
        """Return the details as stored in `AuditEntry.changes`, without columns that did not change."""
        links = {
            name: [
                sorted(key for key, n in count.items() if n < 0),
                sorted(key for key, n in count.items() if n > 0),
            ]
            for name, count in self.links.items()
            if any(count.values())
        }
        changed = {
            name: value
            for name, value in self.columns.items()
            if value == HIDDEN_VALUE or value[0] != value[1]
        }
        return {**changed, **links}


def collect_flush_changes(session: Session) -> Iterator[Change]:
    """Yield a change for each audited record that the current flush creates or updates."""
    for action, items in ((Action.create, session.new), (Action.update, session.dirty)):
        for item in items:
            if (isinstance(item, Entity) and item.__audited__) or item.__tablename__ in EXTRA_AUDITED_TABLES:
                yield _build_change(action, inspect(item))


def build_deletion(item: Entity) -> Change:
    """Build the change of a record that is deleted."""
    return _build_change(Action.delete, inspect(item))


def merge_changes(changes: Iterable[Change]) -> list[Change]:
    """Merge the changes of all flushes to one per record; drop updates without any effect."""
    by_record: dict[tuple[str, int], Change] = {}
    for change in changes:
        earlier = by_record.setdefault((change.entity, change.entity_id), change)
        if earlier is not change:
            _merge_into(earlier, change)
    return [
        change for change in by_record.values() if change.action is not Action.update or change.to_details()
    ]


def _merge_into(earlier: Change, later: Change) -> None:
    if later.action is Action.delete:
        earlier.action = Action.delete
    for name, value in later.columns.items():
        earlier_value = earlier.columns.get(name, value)
        earlier.columns[name] = (
            HIDDEN_VALUE if HIDDEN_VALUE in (earlier_value, value) else (earlier_value[0], value[1])
        )
    for name, count in later.links.items():
        earlier.links.setdefault(name, Counter()).update(count)


def _build_change(action: Action, state: InstanceState[Any]) -> Change:
    # A new record gets its identity key only after the flush.
    key = state.key[1][0] if state.key else state.dict["id"]
    change = Change(action, state.class_.__tablename__, key)
    for attribute in state.mapper.column_attrs:
        column = attribute.columns[0]
        old, new = _get_values(action, state, attribute.key)
        if old != new and isinstance(column, Column) and attribute.key not in IGNORED_COLUMNS:
            is_recorded = _is_value_recorded(column) or (
                action is Action.update and is_former_value_recorded(column)
            )
            change.columns[attribute.key] = (
                (_to_json_value(old), _to_json_value(new)) if is_recorded else HIDDEN_VALUE
            )
    for relation in state.mapper.relationships:
        if relation.direction is RelationshipDirection.MANYTOMANY and not relation.viewonly:
            change.links[relation.key] = _count_links(state.attrs[relation.key].history)
    return change


def _count_links(history: History) -> Counter[int]:
    count = Counter(item.id for item in history.added or ())
    count.subtract(item.id for item in history.deleted or ())
    return count


def _get_values(action: Action, state: InstanceState[Any], name: str) -> tuple[Any, Any]:
    """Return old and new value from memory: the database cannot be queried during its flush."""
    if action is Action.create:
        return None, state.dict.get(name)
    if action is Action.delete:
        return state.dict.get(name), None
    history = state.attrs[name].history
    if not history.has_changes():
        return None, None
    return (history.deleted or (None,))[0], (history.added or (None,))[0]


def _is_value_recorded(column: Column[Any]) -> bool:
    is_private = column.info.get("personal") or column.info.get("sensitive")
    return isinstance(column.type, RECORDED_TYPES) and not is_private


def is_former_value_recorded(column: Any) -> bool:
    """Return whether an update records the old and new value of this personal column."""
    is_personal = column.table.name in FORMER_VALUE_TABLES and column.info.get("personal")
    return bool(is_personal) and isinstance(column.type, (*RECORDED_TYPES, Phone))


def _to_json_value(value: Any) -> Any:
    """Convert fractions to text: the canonical JSON of the hash chain has none."""
    return str(value) if isinstance(value, (Decimal, float)) else value
