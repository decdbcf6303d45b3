"""The one listener of all sessions, and the one of all accesses."""

from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_login import current_user
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, object_session

from app.audit import changes, services
from app.audit.access_log import AccessLog
from app.audit.choices import Action
from app.core.actor import Actor
from app.core.db import short_write
from app.core.hooks import accessed
from app.core.model import Entity
from app.extensions import db

_MARKS = "audit_marks"

AT_ONCE = frozenset(Action) - {Action.view, Action.search, Action.denied}
"""Files and papers that leave the portal, log-ins and log-outs: the answer waits for their lines."""


def init_app(app: Flask) -> None:
    """Write the accesses of a request down when its page is built; needs the write queue."""
    app.extensions["access_log"] = AccessLog(app.extensions["write_queue"])
    app.after_request(_write_accesses)


@event.listens_for(Session, "after_flush")
def _collect(session: Session, _context: Any) -> None:
    pending = session.info.setdefault(services.PENDING, [])
    pending.extend(changes.of_flush(session))
    pending.extend(
        services.CaseEventHash(item.case_id, item.id, item.hash)
        for item in session.new
        if item.__tablename__ == services.CASE_BOOK
    )


@event.listens_for(Entity, "after_delete", propagate=True)
def _collect_deleted(_mapper: Any, _connection: Any, target: Entity) -> None:
    """Also what its record drops (`delete-orphan`), which is never among `session.deleted`."""
    session = object_session(target)
    if session is not None and target.__audited__:
        session.info.setdefault(services.PENDING, []).append(changes.of_deleted(target))


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint is released, nothing is saved yet
    session.flush()
    pending = session.info.pop(services.PENDING, ())
    found = changes.merged(one for one in pending if isinstance(one, changes.Change))
    events = [one for one in pending if isinstance(one, services.CaseEventHash)]
    who = services.named(session.info.get("actor"))
    entries = [services.Entry(c.action, c.entity, c.entity_id, *who, _ip(), c.told()) for c in found]
    entries += [one._replace(ip=one.ip or _ip()) for one in pending if isinstance(one, services.Entry)]
    if events:  # last, so that nothing of this transaction stands behind what proves it
        entries.append(services.case_events_entry(events, who, _ip()))
    if entries:
        services.append(session, entries)


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    # Weak: a savepoint has ended before SQLAlchemy tells that it was rolled back.
    marks = session.info.setdefault(_MARKS, WeakKeyDictionary())
    marks[transaction] = len(session.info.get(services.PENDING, ()))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    """Forget what is rolled back, to a savepoint or whole: it did not happen."""
    del session.info.get(services.PENDING, [])[session.info.get(_MARKS, {}).get(transaction, 0) :]


@accessed.connect
def _note_access(
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
        services.log(action, entity, entity_id, by=by)
        return
    who = services.named(by or _somebody())
    entry = services.Entry(Action[action], entity, entity_id, *who, _ip(), details)
    g.setdefault("accesses", []).append(entry)


def _somebody() -> Actor | None:
    """Tell who acts: at a log-in the unit knows it before the session does."""
    actor = db.session.info.get("actor")
    if actor is None or actor.actor_id is None:
        actor = current_user if current_user.is_authenticated else None
    return actor


def _write_accesses(response: Response) -> Response:
    """Write what must stand before the answer goes out; give the rest to the queue."""
    accesses: list[services.Entry] = g.pop("accesses", [])
    at_once = [entry for entry in accesses if entry.action in AT_ONCE]
    if at_once:
        with short_write() as session:
            services.append(session, at_once)
    log: AccessLog = current_app.extensions["access_log"]
    for entry in accesses:
        if entry.action not in AT_ONCE:
            log.note(entry)
    return response


def _ip() -> str | None:
    return request.remote_addr if has_request_context() else None
