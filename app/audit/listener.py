"""The one listener of all sessions, and the one of all accesses."""

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
"""Files and papers that leave the portal, log-ins and log-outs: the answer waits for their lines."""


def init_app(app: Flask) -> None:
    """Write the accesses of a request down when its page is built; needs the write queue."""
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
    """Also what its record drops (`delete-orphan`), which is never among `session.deleted`."""
    session = object_session(target)
    if session is not None and target.__audited__:
        session.info.setdefault(audit_book.PENDING_KEY, []).append(changes.build_deletion(target))


@event.listens_for(Session, "before_commit")
def _write_entries(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint is released, nothing is saved yet
    session.flush()
    pending = session.info.pop(audit_book.PENDING_KEY, ())
    found = changes.merge_changes(one for one in pending if isinstance(one, changes.Change))
    events = [one for one in pending if isinstance(one, audit_book.CaseEventHash)]
    who = audit_book.get_actor_columns(session.info.get("actor"))
    entries = [
        audit_book.PendingEntry(c.action, c.entity, c.entity_id, *who, _get_ip(), c.to_details())
        for c in found
    ]
    entries += [
        one._replace(ip=one.ip or _get_ip()) for one in pending if isinstance(one, audit_book.PendingEntry)
    ]
    if events:  # last, so that nothing of this transaction stands behind what proves it
        entries.append(audit_book.build_case_events_entry(events, who, _get_ip()))
    if entries:
        audit_book.append_entries(session, entries)


@event.listens_for(Session, "after_transaction_create")
def _mark_savepoint(session: Session, transaction: SessionTransaction) -> None:
    # Weak: a savepoint has ended before SQLAlchemy tells that it was rolled back.
    marks = session.info.setdefault(_MARKS_KEY, WeakKeyDictionary())
    marks[transaction] = len(session.info.get(audit_book.PENDING_KEY, ()))


@event.listens_for(Session, "after_soft_rollback")
def _drop_rolled_back(session: Session, transaction: SessionTransaction) -> None:
    """Forget what is rolled back, to a savepoint or whole: it did not happen."""
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
    """Keep the access in mind until the page is built; outside a request write it at once."""
    if not has_request_context():
        audit_book.log_access(action, entity, entity_id, by=by)
        return
    who = audit_book.get_actor_columns(by or _get_actor())
    entry = audit_book.PendingEntry(Action[action], entity, entity_id, *who, _get_ip(), details)
    g.setdefault("accesses", []).append(entry)


def _get_actor() -> Actor | None:
    """Tell who acts: at a log-in the unit knows it before the session does."""
    actor = db.session.info.get("actor")
    if actor is None or actor.actor_id is None:
        actor = current_user if current_user.is_authenticated else None
    return actor


def _write_accesses(response: Response) -> Response:
    """Write what must stand before the answer goes out; give the rest to the queue."""
    accesses: list[audit_book.PendingEntry] = g.pop("accesses", [])
    at_once = [entry for entry in accesses if entry.action in IMMEDIATE_ACTIONS]
    if at_once:
        with write_session() as session:
            audit_book.append_entries(session, at_once)
    log: AccessLog = current_app.extensions["access_log"]
    for entry in accesses:
        if entry.action not in IMMEDIATE_ACTIONS:
            log.record(entry)
    return response


def _get_ip() -> str | None:
    return request.remote_addr if has_request_context() else None
