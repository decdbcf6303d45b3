"""What a flush changes, as the audit book tells it: old and new, and silence about what is personal."""

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
"""Stands for both values where the book says only that they changed."""

RECORDED_TYPES = (BigInteger, Boolean, Date, DateTime, Enum, Integer, Numeric, Instant, Line, Rupiah)
"""Types whose values are told, unless the column is marked personal or sensitive; prose and files are not."""

FORMER_VALUE_TABLES = frozenset({"client", "household", "partner_contact", "consent"})
"""Tables whose updates keep the former and the new value of personal columns, though not of prose or files.

Whoever may see the record now reads them (`wording.look_up`); everybody else reads that the line is there.
"""

EXTRA_AUDITED_TABLES = frozenset({"ab_user"})
"""Tables that are audited though their records are no entities of ours."""

IGNORED_COLUMNS = frozenset(
    {"id", "created_at", "created_by_id", "changed_at", "changed_by_id", "version", "search_text"}
    | {"created_on", "created_by_fk", "changed_on", "changed_by_fk"}
    | {"last_login", "login_count", "fail_login_count"}
    | {"nik_in_check"}
)
"""Columns that repeat what the book's own columns say, those of a user that change at every log-in, and the
one that would tell of a client whom the book's reader may not see."""


@dataclass
class Change:
    """What happened to one record, in one flush or in the whole transaction."""

    action: Action
    entity: str
    entity_id: int
    columns: dict[str, Any] = field(default_factory=dict)
    """Name -> (old, new), or `HIDDEN`."""
    links: dict[str, Counter[int]] = field(default_factory=dict)
    """Many-to-many relation -> how often each id was added (negative: removed)."""

    def to_details(self) -> dict[str, Any]:
        """As the book keeps it."""
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
    """Tell everything that the flush under way creates and changes."""
    for action, items in ((Action.create, session.new), (Action.update, session.dirty)):
        for item in items:
            if (isinstance(item, Entity) and item.__audited__) or item.__tablename__ in EXTRA_AUDITED_TABLES:
                yield _build_change(action, inspect(item))


def build_deletion(item: Entity) -> Change:
    """Tell what is deleted."""
    return _build_change(Action.delete, inspect(item))


def merge_changes(changes: Iterable[Change]) -> list[Change]:
    """Make one change for each record of a transaction, however many flushes it took."""
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
        known = earlier.columns.get(name, value)
        earlier.columns[name] = HIDDEN_VALUE if HIDDEN_VALUE in (known, value) else (known[0], value[1])
    for name, count in later.links.items():
        earlier.links.setdefault(name, Counter()).update(count)


def _build_change(action: Action, state: InstanceState[Any]) -> Change:
    key = state.key[1][0] if state.key else state.dict["id"]  # a new record has its key after the flush
    change = Change(action, state.class_.__tablename__, key)
    for attribute in state.mapper.column_attrs:
        column = attribute.columns[0]
        old, new = _get_values(action, state, attribute.key)
        if old != new and isinstance(column, Column) and attribute.key not in IGNORED_COLUMNS:
            told = _is_value_recorded(column) or (
                action is Action.update and is_former_value_recorded(column)
            )
            change.columns[attribute.key] = (
                (_to_json_value(old), _to_json_value(new)) if told else HIDDEN_VALUE
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
    """Old and new value, without asking the database in the middle of its flush."""
    if action is Action.create:
        return None, state.dict.get(name)
    if action is Action.delete:
        return state.dict.get(name), None
    history = state.attrs[name].history
    if not history.has_changes():
        return None, None
    return (history.deleted or (None,))[0], (history.added or (None,))[0]


def _is_value_recorded(column: Column[Any]) -> bool:
    private = column.info.get("personal") or column.info.get("sensitive")
    return isinstance(column.type, RECORDED_TYPES) and not private


def is_former_value_recorded(column: Any) -> bool:
    """Whether the book keeps what this personal column said before an update."""
    of_person = column.table.name in FORMER_VALUE_TABLES and column.info.get("personal")
    return bool(of_person) and isinstance(column.type, (*RECORDED_TYPES, Phone))


def _to_json_value(value: Any) -> Any:
    """Write fractions as text: the chain's canonical form knows none."""
    return str(value) if isinstance(value, (Decimal, float)) else value
