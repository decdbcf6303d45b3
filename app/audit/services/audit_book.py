"""Appending entries to the audit book, seals and erasures, and verifying its hash chain."""

import hashlib
import secrets
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, func, insert, null, select, text, update
from sqlalchemy.orm import Session

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.core import clock, hash_chain
from app.core.actor import Actor
from app.core.seals import get_book_key
from app.db import triggers
from app.db.model import Base
from app.db.session import write_session
from app.extensions import Model, db

APPEND_LOCK_KEY = 0x51A6A
"""Key of the PostgreSQL advisory lock held while appending; SQLite has a single writer anyway."""

CHAINED_COLUMNS = ("at", "actor_id", "actor_name", "action", "entity", "entity_id", "ip")
"""Columns that an entry's hash covers besides its payload."""

PENDING_KEY = "audit_pending"
"""Key in `Session.info`: items that the listener appends at the end of the transaction."""

CASE_EVENT_TABLE = "case_event"
"""Table of case events, by name, because this room may not import `cases`."""

MAX_BASIS_LENGTH = 200
"""Maximum length of the legal basis of an erasure, in characters."""


class PendingEntry(NamedTuple):
    """An entry that is not yet appended."""

    action: Action
    entity: str
    entity_id: int | None
    actor_id: int | None
    actor_name: str | None
    ip: str | None = None
    changes: Mapping[str, Any] = {}
    at: datetime | None = None
    """When it happened, if the entry is written later; None: the time of writing."""


class CaseEventHash(NamedTuple):
    """A case event of the current transaction, as its `case_events` entry names it."""

    case_id: int
    event_id: int
    hash: str


class CaseDigest:
    """SHA-256 over the last hash of each case, in ascending order of case ids."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self.case_count = 0

    def add(self, case_id: int, last_hash: str) -> None:
        """Add the next case; to be called in ascending order of case ids."""
        self._sha256.update(f"{case_id} {last_hash}\n".encode())
        self.case_count += 1

    def hexdigest(self) -> str:
        """Return the digest of the cases added so far."""
        return self._sha256.hexdigest()


def log_access(
    action: str, entity: str, entity_id: int | None = None, *, by: Actor | None, ip: str | None = None
) -> None:
    """Append an access entry at once, in a transaction of its own.

    Do not call it inside another transaction: unsaved changes there would be lost (see
    `db.session.write_session`).
    """
    entry = PendingEntry(Action[action], entity, entity_id, *get_actor_columns(by), ip)
    with write_session() as session:
        append_entries(session, [entry])


def get_actor_columns(by: Actor | None) -> tuple[int | None, str | None]:
    """Return (actor_id, actor_name) for an entry; both None without an actor."""
    return (None, None) if by is None else (by.actor_id, by.full_name)


def add_entry(session: Session, entry: PendingEntry) -> None:
    """Append the entry at the end of the session's transaction, to hold the append lock briefly."""
    session.info.setdefault(PENDING_KEY, []).append(entry)


def append_entries(session: Session, entries: Iterable[PendingEntry]) -> None:
    """Append entries in the session's transaction; call it last, because others wait for the lock.

    If the key has changed since the last entry, the first new one must be a `sealed` entry; it is inserted
    here if necessary.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK_KEY})
    columns = (AuditEntry.id, AuditEntry.hash, AuditEntry.key_id)
    last = connection.execute(select(*columns).order_by(AuditEntry.id.desc()).limit(1)).first()
    entries = list(entries)
    if last is not None and last.key_id != get_book_key().id and entries[0].action is not Action.sealed:
        entries.insert(0, _build_key_change_entry(last.id))
    prev_hash = last.hash if last is not None else hash_chain.GENESIS
    rows = []
    for entry in entries:
        row = _build_row(entry, prev_hash)
        prev_hash = row["hash"]
        rows.append(row)
    connection.execute(insert(AuditEntry.__table__), rows)


def _build_key_change_entry(last_id: int) -> PendingEntry:
    changes = {"audit_id": last_id}
    return PendingEntry(Action.sealed, AuditEntry.__tablename__, last_id, None, None, changes=changes)


def _build_row(entry: PendingEntry, prev_hash: str) -> dict[str, Any]:
    fields = {name: getattr(entry, name) for name in CHAINED_COLUMNS} | {"at": entry.at or clock.now()}
    changes, salt = hash_chain.to_json_value(entry.changes), hash_chain.generate_salt()
    changes_hash = hash_chain.hash_payload(changes, salt)
    row_hash, key = hash_chain.hash_row(prev_hash, fields, changes_hash), get_book_key()
    return {
        **fields,
        "changes": changes,
        "salt": salt,
        "changes_hash": changes_hash,
        "prev_hash": prev_hash,
        "hash": row_hash,
        "seal": key.seal(row_hash),
        "key_id": key.id,
    }


def build_case_events_entry(
    events: Sequence[CaseEventHash], actor_columns: tuple[int | None, str | None], ip: str | None
) -> PendingEntry:
    """Build the entry that names a transaction's case events: ids and hashes, nothing personal."""
    return PendingEntry(
        Action.case_events,
        CASE_EVENT_TABLE,
        None,
        *actor_columns,
        ip,
        {"events": [list(event) for event in events]},
    )


def seal_books(session: Session, *, by: Actor) -> None:
    """Append a `sealed` entry that covers the audit book and all case books, in the session's transaction.

    Its digest covers the last hash of each case, so that rows without a seal of their own are proved too. The
    first `sealed` entry gives the book its random id, by which a machine recognises the heads that it has
    saved.
    """
    connection, events = session.connection(), Model.metadata.tables[CASE_EVENT_TABLE]
    if connection.dialect.name == "postgresql":  # no event still being written may get a lower id
        connection.execute(text(f"LOCK TABLE {CASE_EVENT_TABLE} IN SHARE MODE"))
    newest = select(func.max(events.c.id).label("id")).group_by(events.c.case_id).subquery()
    last_hashes = select(events.c.case_id, events.c.hash).join(newest, newest.c.id == events.c.id)
    digest = CaseDigest()
    for case_id, last_hash in connection.execute(last_hashes.order_by(events.c.case_id)):
        digest.add(case_id, last_hash)
    last_event_id = connection.scalar(select(func.max(events.c.id)))
    changes = {
        "book": get_book_id(session) or secrets.token_hex(8),
        "audit_id": connection.scalar(select(func.max(AuditEntry.id))),
        "event_id": last_event_id,
        "cases": digest.case_count,
        "digest": digest.hexdigest(),
        "erased": _list_erased_rows(session),
    }
    append_entries(
        session,
        [
            PendingEntry(
                Action.sealed, CASE_EVENT_TABLE, last_event_id, *get_actor_columns(by), changes=changes
            )
        ],
    )


def _list_erased_rows(session: Session) -> dict[str, list[int]]:
    """Return table -> ids of rows erased so far: earlier releases wrote no entry about an erasure."""
    tables = [table for table in Model.metadata.sorted_tables if table.info.get("append_only")]
    return {
        table.name: list(
            session.scalars(select(table.c.id).where(table.c.erased_at.is_not(None)).order_by(table.c.id))
        )
        for table in tables
    }


def get_book_id(session: Session) -> str | None:
    """Return the random id of the book, or None if it has never been sealed."""
    for changes in _list_changes(session, Action.sealed):
        if "book" in changes:
            return str(changes["book"])
    return None


def list_erased_ids(session: Session, table: str) -> set[int]:
    """Return the ids of rows of an append-only table whose erasure the audit book records."""
    query = select(AuditEntry.entity_id).where(AuditEntry.action == Action.erased, AuditEntry.entity == table)
    ids = {key for key in session.scalars(query) if key is not None}
    return ids.union(
        *(get_sealed_erasures(changes, table) for changes in _list_changes(session, Action.sealed))
    )


def get_sealed_erasures(changes: Mapping[str, Any], table: str) -> list[int]:
    """Return the ids of a table's rows that a `sealed` entry lists as erased before it."""
    ids: list[int] = changes.get("erased", {}).get(table, [])
    return ids


def _list_changes(session: Session, action: Action) -> list[Mapping[str, Any]]:
    query = select(AuditEntry.changes).where(AuditEntry.action == action).order_by(AuditEntry.id)
    return [changes or {} for changes in session.scalars(query)]


def record_restore(session: Session, *, made_at: str, sha256: str, last_id: int | None, by: Actor) -> None:
    """Record that this book came from a backup whose last entry is `last_id`.

    `made_at` and `sha256`, from the backup's manifest, identify the backup.
    """
    changes = {"made_at": made_at, "sha256": sha256}
    add_entry(
        session,
        PendingEntry(
            Action.restored, AuditEntry.__tablename__, last_id, *get_actor_columns(by), changes=changes
        ),
    )


def erase_payload(row: Base, *, basis: str, by: Actor) -> None:
    """Erase the payload of a row of an append-only table, and record it in the audit book.

    `basis` names the legal ground by article or case number. It can never be erased, so it must name nobody.
    The caller checks who may erase. Raise ValueError if the row cannot be erased or is erased already.
    """
    table: Any = row.__table__
    key = row.id
    basis = basis.strip()
    if not basis or len(basis) > MAX_BASIS_LENGTH:
        raise ValueError(f"the basis has between 1 and {MAX_BASIS_LENGTH} characters")
    if not table.info.get("append_only"):
        raise ValueError(f"{table.name} keeps no payload that can be erased")
    db.session.flush()
    if not _empty_payload(table, key):
        raise ValueError(f"{table.name} {key} is erased already")
    add_entry(
        db.session(),
        PendingEntry(Action.erased, table.name, key, *get_actor_columns(by), changes={"basis": basis}),
    )
    db.session.expire(row)


def _empty_payload(table: Table, key: int) -> bool:
    payload = next(name for name in triggers.PAYLOAD_COLUMNS if name in table.c)
    values = {payload: null(), "salt": None, "erased_at": clock.now()}
    erasure = update(table).where(table.c.id == key, table.c.erased_at.is_(None)).values(values)
    result: Any = db.session.execute(erasure)
    return bool(result.rowcount)


def find_broken_entry(observe: Callable[[Any], None] = lambda _row: None) -> int | None:
    """Return the first entry that was changed, or before which one was removed; None if there is none.

    `observe` is called with every row, also with those behind a broken one.
    """
    with closing(_iter_chain_rows(observe)) as links:
        broken: int | None = hash_chain.find_broken_row(links)
        for _rest in links:  # read to the end for `observe`
            pass
    return broken


def _iter_chain_rows(observe: Callable[[Any], None]) -> Generator[hash_chain.ChainRow, None, None]:
    table = AuditEntry.__table__
    query = select(table).order_by(table.c.id).execution_options(yield_per=1000)
    with db.session.execute(query) as rows:
        for row in rows:
            observe(row)
            yield hash_chain.ChainRow(
                row_id=row.id,
                prev_hash=row.prev_hash,
                fields={name: getattr(row, name) for name in CHAINED_COLUMNS},
                payload=row.changes,
                salt=row.salt,
                data_hash=row.changes_hash,
                hash=row.hash,
                is_erased=row.erased_at is not None,
            )
