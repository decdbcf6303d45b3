"""One reading of the audit book, by which `siaga check` judges this book, and then those of the cases."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from app.audit import heads, services
from app.audit.choices import EVIDENCE, Action
from app.audit.heads import KeptHead
from app.audit.models import AuditEntry
from app.core.seals import SealVerifier
from app.extensions import db

AUDIT_BOOK = AuditEntry.__tablename__


class Restore(NamedTuple):
    """A `restored` line."""

    at: datetime
    last_id: int
    """The last line of the backup."""


class AuditReading:
    """What the audit book says of itself and of the case books; read once, from first to last line."""

    def __init__(self, kept: Iterable[KeptHead] = ()) -> None:
        self.seals = SealVerifier()
        self.vouched: dict[int, str] = {}
        """Case -> hash of its newest event since the last digest."""
        self.digest: Mapping[str, Any] | None = None
        """The newest `sealed` line that covers the cases."""
        self.erased: set[tuple[str, int]] = set()
        """Table and id of each row whose erasure stands in the book."""
        self.last_id = 0
        self._heads: defaultdict[int, list[KeptHead]] = defaultdict(list)
        for one in kept:
            self._heads[one.head.id].append(one)
        self._books: set[str] = set()
        self._lost: list[KeptHead] = []
        self._restores: list[Restore] = []
        self._emptied: set[int] = set()
        self._key_id: str | None = None
        self._is_key_in_use = False
        """Whether the present key has sealed a line."""
        self._faults: dict[str, str] = {}
        """Kind of fault -> the first one."""
        self._of_action: dict[Action, Callable[[Any], None]] = {
            Action.case_events: self._vouch,
            Action.sealed: self._cover,
            Action.restored: self._restore,
            Action.erased: self._erase,
        }

    def faults(self) -> Iterator[str]:
        """Read the book and tell what is wrong with it."""
        broken = services.verify_chain(self._observe)
        if broken is not None:
            yield f"the chain of the audit breaks at entry {broken}"
        yield from self._faults.values()
        for key in sorted(self._emptied):
            if (AUDIT_BOOK, key) not in self.erased:
                yield f"entry {key} was erased, and no line of the audit says why"
        if self.digest is None:
            yield "the books have never been sealed: run siaga init"
        yield from self._head_faults()

    def notes(self) -> Iterator[str]:
        """Tell what cannot be proved, and is no fault."""
        for key_id, count in sorted(self.seals.unproven.items()):
            yield f"{count} seals are not provable without key {key_id}"
        for restore in self._restores:
            late = [one for one in self._all_lost() if self._is_excused_by(one, restore)]
            if late:
                yield (
                    f"{len(late)} kept heads are later than the backup that was restored on "
                    f"{restore.at.isoformat(timespec='seconds')}"
                )
        moved = [one for one in self._own_lost() if one.address != _address() and not self._is_excused(one)]
        if moved:
            yield f"{len(moved)} heads kept for {moved[0].address} are not in this book"

    def read_later(self) -> set[str]:
        """Read what was appended since; return the hashes of the case events that it vouches for."""
        later: set[str] = set()
        query = select(AuditEntry).where(AuditEntry.id > self.last_id, AuditEntry.action.in_(EVIDENCE))
        for line in db.session.scalars(query.order_by(AuditEntry.id)):
            if line.action is Action.erased:
                self._erase(line)
            elif line.action is Action.case_events:
                later |= {row_hash for _case, _event, row_hash in _events(line)}
        return later

    def _observe(self, row: Any) -> None:
        self._check_seal(row)
        for one in self._heads.pop(row.id, ()):
            if one.head.hash != row.hash:
                self._lost.append(one)
        if row.erased_at is not None:
            self._emptied.add(row.id)
            if row.action in EVIDENCE:
                self._faults.setdefault("evidence", f"entry {row.id} may never be erased, and was")
        elif row.action in EVIDENCE:
            self._of_action[row.action](row)
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

    def _vouch(self, row: Any) -> None:
        for case_id, _event_id, row_hash in _events(row):
            self.vouched[case_id] = row_hash

    def _cover(self, row: Any) -> None:
        if "digest" in (row.changes or {}):
            self.digest = row.changes
            self.vouched.clear()
            self._books.add(row.changes["book"])
            for table in row.changes["erased"]:
                self.erased |= {(table, key) for key in services.sealed_erasures(row.changes, table)}

    def _restore(self, row: Any) -> None:
        # A line of another key may be anybody's: it excuses nothing.
        if row.key_id == self.seals.key.id:
            self._restores.append(Restore(row.at, row.entity_id or 0))

    def _erase(self, row: Any) -> None:
        self.erased.add((row.entity, row.entity_id))

    def _head_faults(self) -> Iterator[str]:
        own: list[KeptHead] = []
        others: list[KeptHead] = []
        for one in self._all_lost():
            if one.address == _address() and not self._is_excused(one):
                (own if one.book in self._books else others).append(one)
        if own:
            first = min(own, key=lambda one: one.head.id).head
            yield (
                f"{len(own)} kept heads are not in the book, the first is line {first.id} of "
                f"{first.at.isoformat(timespec='seconds')}: lines were cut off or written anew"
            )
        for book in sorted({one.book for one in others}):
            yield (
                f"another book was kept for this database (heads-{book}): if the database was made anew "
                "on purpose, move that file away"
            )

    def _all_lost(self) -> list[KeptHead]:
        return [*self._lost, *(one for ones in self._heads.values() for one in ones)]

    def _own_lost(self) -> list[KeptHead]:
        return [one for one in self._all_lost() if one.book in self._books]

    def _is_excused(self, one: KeptHead) -> bool:
        return any(self._is_excused_by(one, restore) for restore in self._restores)

    def _is_excused_by(self, one: KeptHead, restore: Restore) -> bool:
        """Return whether the head was kept before the restore, of what is not in the backup."""
        is_later = one.head.id > restore.last_id or one.book not in self._books
        return is_later and one.head.at < restore.at and one.address == _address()


def _events(line: Any) -> list[tuple[int, int, str]]:
    """Return case, event and hash of each event that a `case_events` line names."""
    events: list[tuple[int, int, str]] = (line.changes or {}).get("events", [])
    return events


def _address() -> str:
    return heads.database_address(db.engine.url)
