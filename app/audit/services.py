"""Writing the audit book and reading whether it is whole."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from app.audit.choices import Action
from app.audit.models import AuditEntry
from app.core import chain, clock
from app.core.actor import Actor
from app.core.db import short_write
from app.extensions import db

ONE_AT_A_TIME = 0x51A6A
"""PostgreSQL's advisory lock of whoever appends; SQLite has one writer anyway."""

CHAINED = ("at", "actor_id", "actor_name", "action", "entity", "entity_id", "ip")
"""The columns that a line's hash covers beside its payload."""


class Entry(NamedTuple):
    """What is to be written down."""

    action: Action
    entity: str
    entity_id: int | None
    actor_id: int | None
    actor_name: str | None
    ip: str | None = None
    changes: Mapping[str, Any] = {}
    at: datetime | None = None
    """When it happened, for what is written later; None: when it is written."""


def log(
    action: str, entity: str, entity_id: int | None = None, *, by: Actor | None, ip: str | None = None
) -> None:
    """Write down at once, in a transaction of its own, that somebody viewed, exported or was refused.

    Not within a unit of work: what is unsaved there would be lost (see `core.db.short_write`).
    """
    entry = Entry(Action[action], entity, entity_id, *named(by), ip)
    with short_write() as session:
        append(session, [entry])


def named(by: Actor | None) -> tuple[int | None, str | None]:
    """Give the id and the name that the book keeps of somebody."""
    return (None, None) if by is None else (by.actor_id, by.full_name)


def append(session: Session, entries: Iterable[Entry]) -> None:
    """Append to the book in the session's transaction: the last thing before it ends, for others wait."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
    last = select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    prev_hash = connection.scalar(last) or chain.GENESIS
    rows = []
    for entry in entries:
        row = _row(entry, prev_hash)
        prev_hash = row["hash"]
        rows.append(row)
    connection.execute(insert(AuditEntry.__table__), rows)


def _row(entry: Entry, prev_hash: str) -> dict[str, Any]:
    fields = {name: getattr(entry, name) for name in CHAINED} | {"at": entry.at or clock.now()}
    changes, salt = chain.plain(entry.changes), chain.new_salt()
    changes_hash = chain.digest(changes, salt)
    return {
        **fields,
        "changes": changes,
        "salt": salt,
        "changes_hash": changes_hash,
        "prev_hash": prev_hash,
        "hash": chain.link(prev_hash, fields, changes_hash),
    }


def verify_chain() -> int | None:
    """Name the first line that was changed, or before which one was removed; None: the book is whole."""
    with closing(_links()) as links:
        broken: int | None = chain.verify(links)
    return broken


def _links() -> Generator[chain.Link, None, None]:
    table = AuditEntry.__table__
    query = select(table).order_by(table.c.id).execution_options(yield_per=1000)
    with db.session.execute(query) as rows:
        for row in rows:
            yield chain.Link(
                name=row.id,
                prev_hash=row.prev_hash,
                fields={name: getattr(row, name) for name in CHAINED},
                payload=row.changes,
                salt=row.salt,
                data_hash=row.changes_hash,
                hash=row.hash,
                erased=row.erased_at is not None,
            )
