"""Hooks that write the audit book: changes from SQLAlchemy events, accesses from a signal.

Changes are collected at each flush and appended before the commit, in the same transaction. Accesses are
collected during a request and written after it.
"""

from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_login import current_user
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, object_session

from app.audit.enums import Action
from app.audit.services import audit_book, changes
from app.audit.services.access_log import AccessLog
from app.core.actor import Actor
from app.core.signals import record_accessed
from app.db.model import Entity
from app.db.session import write_session
from app.extensions import db

_MARKS_KEY = "audit_marks"

IMMEDIATE_ACTIONS = frozenset(Action) - {Action.view, Action.search, Action.denied}
"""Actions whose entries are committed before the response goes out, such as exports, prints, log-ins and
log-outs."""


def init_app(app: Flask) -> None:
    """Write the accesses of each request after its page is built; needs the `write_queue` extension."""
    app.extensions["access_log"] = AccessLog(app.extensions["write_queue"])
    app.after_request(_write_accesses)


@event.listens_for(Session, "after_flush")
def _collect_changes(session: Session, _context: Any) -> None:
    pending = session.info.setdefault(audit_book.PENDING_KEY, [])
    pending.extend(changes.collect_flush_changes(session))
    pending.extend(
        audit_book.CaseEventHash(item.case_id, item.id, item.hash)
        for item in session.new
        if item.__tablename__ == audit_book.CASE_EVENT_TABLE
    )


@event.listens_for(Entity, "after_delete", propagate=True)
def _collect_deletion(_mapper: Any, _connection: Any, target: Entity) -> None:
    """Collect the deletion of a record.

    A mapper event, because records removed by `delete-orphan` never appear in `session.deleted`.
    """
    session = object_session(target)
    if session is not None and target.__audited__:
        session.info.setdefault(audit_book.PENDING_KEY, []).append(changes.build_deletion(target))


@event.listens_for(Session, "before_commit")
def _write_entries(session: Session) -> None:
    if session.in_nested_transaction():
        return  # only a savepoint is released; the transaction goes on
    session.flush()
    pending = session.info.pop(audit_book.PENDING_KEY, ())
    record_changes = changes.merge_changes(item for item in pending if isinstance(item, changes.Change))
    case_events = [item for item in pending if isinstance(item, audit_book.CaseEventHash)]
    actor_columns = audit_book.get_actor_columns(session.info.get("actor"))
    entries = [
        audit_book.PendingEntry(
            change.action, change.entity, change.entity_id, *actor_columns, _get_ip(), change.to_details()
        )
        for change in record_changes
    ]
    entries += [
        item._replace(ip=item.ip or _get_ip())
        for item in pending
        if isinstance(item, audit_book.PendingEntry)
    ]
    # Appended last: no entry of this transaction may follow the one that proves its case events.
    if case_events:
        entries.append(audit_book.build_case_events_entry(case_events, actor_columns, _get_ip()))
    if entries:
        audit_book.append_entries(session, entries)


@event.listens_for(Session, "after_transaction_create")
def _mark_savepoint(session: Session, transaction: SessionTransaction) -> None:
    # Weak keys: a savepoint has already ended when SQLAlchemy reports that it was rolled back.
    marks = session.info.setdefault(_MARKS_KEY, WeakKeyDictionary())
    marks[transaction] = len(session.info.get(audit_book.PENDING_KEY, ()))


@event.listens_for(Session, "after_soft_rollback")
def _drop_rolled_back(session: Session, transaction: SessionTransaction) -> None:
    """Discard what was collected in a rolled back savepoint or transaction."""
    del session.info.get(audit_book.PENDING_KEY, [])[session.info.get(_MARKS_KEY, {}).get(transaction, 0) :]


@record_accessed.connect
def _record_access(
    _sender: Any,
    *,
    action: str,
    entity: str,
    entity_id: int | None = None,
    by: Actor | None = None,
    **details: Any,
) -> None:
    """Collect the access until the response is built; outside a request write it at once."""
    if not has_request_context():
        audit_book.log_access(action, entity, entity_id, by=by)
        return
    actor_columns = audit_book.get_actor_columns(by or _get_actor())
    entry = audit_book.PendingEntry(Action[action], entity, entity_id, *actor_columns, _get_ip(), details)
    g.setdefault("accesses", []).append(entry)


def _get_actor() -> Actor | None:
    """Return the actor; at a log-in the transaction knows it before Flask-Login does."""
    actor = db.session.info.get("actor")
    if actor is None or actor.actor_id is None:
        actor = current_user if current_user.is_authenticated else None
    return actor


def _write_accesses(response: Response) -> Response:
    """Commit the immediate entries before the response goes out; queue the others."""
    accesses: list[audit_book.PendingEntry] = g.pop("accesses", [])
    immediate_entries = [entry for entry in accesses if entry.action in IMMEDIATE_ACTIONS]
    if immediate_entries:
        with write_session() as session:
            audit_book.append_entries(session, immediate_entries)
    log: AccessLog = current_app.extensions["access_log"]
    for entry in accesses:
        if entry.action not in IMMEDIATE_ACTIONS:
            log.record(entry)
    return response


def _get_ip() -> str | None:
    return request.remote_addr if has_request_context() else None
