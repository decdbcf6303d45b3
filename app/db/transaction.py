"""One unit of work: everything in it is saved, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.core.actor import Actor
from app.core.errors import CommittedError
from app.db.session import can_write
from app.extensions import Model, db

_EXPECTED_VERSION_KEY = "seen"


@contextmanager
def transaction(by: Actor, *, expected_version: tuple[Any, Any] | None = None) -> Iterator[Session]:
    """Run verbs in one transaction in the name of `by`: commit at the end, roll back on any exception.

    A `RecordedRefusal` commits what was written before it.
    Stamps, audit and access read the actor from the session, so nothing is written outside a unit. `seen` is
    a record and the version in which it was shown to whoever decides about it now.
    """
    if not can_write():
        raise RuntimeError("a request that only reads, and may be in no transaction, changes nothing")
    session = db.session()
    session.info["actor"] = by
    session.info[_EXPECTED_VERSION_KEY] = expected_version
    try:
        yield session
        session.commit()
    except BaseException as fault:
        try:
            if isinstance(fault, CommittedError):
                session.commit()
        finally:
            session.rollback()
        raise
    finally:
        session.info.pop("actor", None)
        session.info.pop(_EXPECTED_VERSION_KEY, None)


@event.listens_for(Model, "refresh", propagate=True)
def _check_version_on_refresh(target: Any, context: Any, _names: Any) -> None:
    """A verb that waited for its lock reads anew: what it decides about must still be what was shown."""
    seen = context.session.info.get(_EXPECTED_VERSION_KEY)
    if seen is not None and seen[0] is target and target.version != seen[1]:
        raise StaleDataError(f"{type(target).__name__} has been saved since it was shown")


@event.listens_for(Model, "after_update", propagate=True)
def _clear_expected_version(_mapper: Any, _connection: Any, target: Any) -> None:
    """From now on the version is our own."""
    session = Session.object_session(target)
    if session is not None and (session.info.get(_EXPECTED_VERSION_KEY) or (None,))[0] is target:
        session.info[_EXPECTED_VERSION_KEY] = None
