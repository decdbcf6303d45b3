"""Verification of the audit book in one pass, by which `siaga check` judges it and the case books."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from app.audit.enums import EVIDENCE_ACTIONS, Action
from app.audit.models import AuditEntry
from app.audit.services import audit_book, heads
from app.audit.services.heads import SavedHead
from app.core.seals import SealVerifier
from app.extensions import db

AUDIT_TABLE = AuditEntry.__tablename__


class RestoreEntry(NamedTuple):
    """A `restored` entry."""

    at: datetime
    last_id: int
    """Id of the last entry in the backup."""


class AuditBookCheck:
    """One verification pass over the audit book, from the first entry to the last."""

    def __init__(self, saved_heads: Iterable[SavedHead] = ()) -> None:
        self.seals = SealVerifier()
        self.latest_case_hashes: dict[int, str] = {}
        """Case id -> hash of its newest event since the last digest."""
        self.digest: Mapping[str, Any] | None = None
        """Details of the newest `sealed` entry that covers the cases."""
        self.erased_rows: set[tuple[str, int]] = set()
        """(table, id) of each row whose erasure the audit book records."""
        self.last_id = 0
        self._saved_heads: defaultdict[int, list[SavedHead]] = defaultdict(list)
        for saved_head in saved_heads:
            self._saved_heads[saved_head.head.id].append(saved_head)
        self._book_ids: set[str] = set()
        self._lost_heads: list[SavedHead] = []
        self._restores: list[RestoreEntry] = []
        self._erased_entry_ids: set[int] = set()
        self._key_id: str | None = None
        self._is_key_in_use = False
        """Whether the present key has sealed an entry."""
        self._faults: dict[str, str] = {}
        """Kind of fault -> message of the first one."""
        self._handlers: dict[Action, Callable[[Any], None]] = {
            Action.case_events: self._add_case_events,
            Action.sealed: self._add_digest,
            Action.restored: self._add_restore,
            Action.erased: self._add_erasure,
        }

    def find_faults(self) -> Iterator[str]:
        """Read the book and yield a message for each fault."""
        broken_id = audit_book.find_broken_entry(self._process_row)
        if broken_id is not None:
            yield f"the chain of the audit breaks at entry {broken_id}"
        yield from self._faults.values()
        for key in sorted(self._erased_entry_ids):
            if (AUDIT_TABLE, key) not in self.erased_rows:
                yield f"entry {key} was erased, and no line of the audit says why"
        if self.digest is None:
            yield "the books have never been sealed: run siaga init"
        yield from self._find_head_faults()

    def list_notes(self) -> Iterator[str]:
        """Yield a message for each thing that cannot be proved but is not a fault."""
        for key_id, count in sorted(self.seals.unproven_by_key.items()):
            yield f"{count} seals are not provable without key {key_id}"
        for restore in self._restores:
            late_heads = [
                saved_head
                for saved_head in self._list_lost_heads()
                if self._is_explained_by(saved_head, restore)
            ]
            if late_heads:
                yield (
                    f"{len(late_heads)} kept heads are later than the backup that was restored on "
                    f"{restore.at.isoformat(timespec='seconds')}"
                )
        moved_heads = [
            saved_head
            for saved_head in self._list_own_lost_heads()
            if saved_head.address != _get_address() and not self._is_explained(saved_head)
        ]
        if moved_heads:
            yield f"{len(moved_heads)} heads kept for {moved_heads[0].address} are not in this book"

    def read_new_entries(self) -> set[str]:
        """Read the evidence entries appended since; return the hashes of the case events they name."""
        event_hashes: set[str] = set()
        query = select(AuditEntry).where(
            AuditEntry.id > self.last_id, AuditEntry.action.in_(EVIDENCE_ACTIONS)
        )
        for entry in db.session.scalars(query.order_by(AuditEntry.id)):
            if entry.action is Action.erased:
                self._add_erasure(entry)
            elif entry.action is Action.case_events:
                event_hashes |= {row_hash for _case, _event, row_hash in _get_case_events(entry)}
        return event_hashes

    def _process_row(self, row: Any) -> None:
        self._check_seal(row)
        for saved_head in self._saved_heads.pop(row.id, ()):
            if saved_head.head.hash != row.hash:
                self._lost_heads.append(saved_head)
        if row.erased_at is not None:
            self._erased_entry_ids.add(row.id)
            if row.action in EVIDENCE_ACTIONS:
                self._faults.setdefault("evidence", f"entry {row.id} may never be erased, and was")
        elif row.action in EVIDENCE_ACTIONS:
            self._handlers[row.action](row)
        self.last_id, self._key_id = row.id, row.key_id

    def _check_seal(self, row: Any) -> None:
        is_new_key = row.key_id != self._key_id and self.last_id > 0
        if is_new_key and (row.action is not Action.sealed or row.key_id is None):
            self._faults.setdefault("key", f"entry {row.id} has another key than the line before it")
        if row.key_id == self.seals.key.id:
            self._is_key_in_use = True
        elif self._is_key_in_use:
            self._faults.setdefault(
                "foreign", f"entry {row.id} is not sealed with the key that was in use before it"
            )
        if not self.seals.is_valid(row):
            self._faults.setdefault("seal", f"the seal of entry {row.id} is wrong")

    def _add_case_events(self, row: Any) -> None:
        for case_id, _event_id, row_hash in _get_case_events(row):
            self.latest_case_hashes[case_id] = row_hash

    def _add_digest(self, row: Any) -> None:
        if "digest" in (row.changes or {}):
            self.digest = row.changes
            self.latest_case_hashes.clear()
            self._book_ids.add(row.changes["book"])
            for table in row.changes["erased"]:
                self.erased_rows |= {
                    (table, key) for key in audit_book.get_sealed_erasures(row.changes, table)
                }

    def _add_restore(self, row: Any) -> None:
        # An entry sealed with another key may be forged: it explains no missing head.
        if row.key_id == self.seals.key.id:
            self._restores.append(RestoreEntry(row.at, row.entity_id or 0))

    def _add_erasure(self, row: Any) -> None:
        self.erased_rows.add((row.entity, row.entity_id))

    def _find_head_faults(self) -> Iterator[str]:
        own_heads: list[SavedHead] = []
        other_heads: list[SavedHead] = []
        for saved_head in self._list_lost_heads():
            if saved_head.address == _get_address() and not self._is_explained(saved_head):
                (own_heads if saved_head.book_id in self._book_ids else other_heads).append(saved_head)
        if own_heads:
            first = min(own_heads, key=lambda saved_head: saved_head.head.id).head
            yield (
                f"{len(own_heads)} kept heads are not in the book, the first is line {first.id} of "
                f"{first.at.isoformat(timespec='seconds')}: lines were cut off or written anew"
            )
        for book in sorted({saved_head.book_id for saved_head in other_heads}):
            yield (
                f"another book was kept for this database (heads-{book}): if the database was made anew "
                "on purpose, move that file away"
            )

    def _list_lost_heads(self) -> list[SavedHead]:
        return [
            *self._lost_heads,
            *(saved_head for saved_heads in self._saved_heads.values() for saved_head in saved_heads),
        ]

    def _list_own_lost_heads(self) -> list[SavedHead]:
        return [saved_head for saved_head in self._list_lost_heads() if saved_head.book_id in self._book_ids]

    def _is_explained(self, saved_head: SavedHead) -> bool:
        return any(self._is_explained_by(saved_head, restore) for restore in self._restores)

    def _is_explained_by(self, saved_head: SavedHead, restore: RestoreEntry) -> bool:
        """Return whether the restore explains why the head is missing.

        It does if the head was saved before the restore and its entry is not in the backup.
        """
        is_later = saved_head.head.id > restore.last_id or saved_head.book_id not in self._book_ids
        return is_later and saved_head.head.at < restore.at and saved_head.address == _get_address()


def _get_case_events(entry: Any) -> list[tuple[int, int, str]]:
    """Return (case id, event id, hash) of each event that a `case_events` entry names."""
    events: list[tuple[int, int, str]] = (entry.changes or {}).get("events", [])
    return events


def _get_address() -> str:
    return heads.get_database_address(db.engine.url)
