"""One unit of work: everything in it is saved, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.core.actor import Actor
from app.core.db import may_write
from app.core.errors import RecordedRefusal
from app.extensions import Model, db

_SEEN = "seen"


@contextmanager
def unit(by: Actor, *, seen: tuple[Any, Any] | None = None) -> Iterator[Session]:
    """Run verbs in one transaction in the name of `by`: commit at the end, roll back on any exception.

    A `RecordedRefusal` commits what was written before it.
    Stamps, audit and access read the actor from the session, so nothing is written outside a unit. `seen` is
    a record and the version in which it was shown to whoever decides about it now.
    """
    if not may_write():
        raise RuntimeError("a request that only reads, and may be in no transaction, changes nothing")
    session = db.session()
    session.info["actor"] = by
    session.info[_SEEN] = seen
    try:
        yield session
        session.commit()
    except BaseException as fault:
        try:
            if isinstance(fault, RecordedRefusal):
                session.commit()
        finally:
            session.rollback()
        raise
    finally:
        session.info.pop("actor", None)
        session.info.pop(_SEEN, None)


@event.listens_for(Model, "refresh", propagate=True)
def _look_again(target: Any, context: Any, _names: Any) -> None:
    """A verb that waited for its lock reads anew: what it decides about must still be what was shown."""
    seen = context.session.info.get(_SEEN)
    if seen is not None and seen[0] is target and target.version != seen[1]:
        raise StaleDataError(f"{type(target).__name__} has been saved since it was shown")


@event.listens_for(Model, "after_update", propagate=True)
def _was_saved(_mapper: Any, _connection: Any, target: Any) -> None:
    """From now on the version is our own."""
    session = Session.object_session(target)
    if session is not None and (session.info.get(_SEEN) or (None,))[0] is target:
        session.info[_SEEN] = None
