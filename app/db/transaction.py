"""The unit of work: one transaction in the name of an actor, with an optional version check."""

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
    """Run services in one transaction as actor `by`: commit at the end, roll back on any exception.

    A `CommittedError` commits what was written before it. Stamps, audit and access log read the actor from
    the session, so all writing must happen inside this block. `expected_version` is a record and the version
    that the form showed. Raises `RuntimeError` in a request that may only read.
    """
    if not can_write():
        raise RuntimeError("a request that only reads, and may be in no transaction, changes nothing")
    session = db.session()
    session.info["actor"] = by
    session.info[_EXPECTED_VERSION_KEY] = expected_version
    try:
        yield session
        session.commit()
    except BaseException as error:
        try:
            if isinstance(error, CommittedError):
                session.commit()
        finally:
            session.rollback()
        raise
    finally:
        session.info.pop("actor", None)
        session.info.pop(_EXPECTED_VERSION_KEY, None)


@event.listens_for(Model, "refresh", propagate=True)
def _check_version_on_refresh(target: Any, context: Any, _names: Any) -> None:
    """Raise StaleDataError if a locked refresh loads another version than the form showed."""
    expected = context.session.info.get(_EXPECTED_VERSION_KEY)
    if expected is not None and expected[0] is target and target.version != expected[1]:
        raise StaleDataError(f"{type(target).__name__} has been saved since it was shown")


@event.listens_for(Model, "after_update", propagate=True)
def _clear_expected_version(_mapper: Any, _connection: Any, target: Any) -> None:
    """Stop checking the version after our own UPDATE."""
    session = Session.object_session(target)
    if session is not None and (session.info.get(_EXPECTED_VERSION_KEY) or (None,))[0] is target:
        session.info[_EXPECTED_VERSION_KEY] = None
