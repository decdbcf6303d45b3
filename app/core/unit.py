"""One unit of work: everything in it is saved, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.extensions import db


@contextmanager
def unit(by: Actor) -> Iterator[Session]:
    """Run verbs in one transaction in the name of `by`: commit at the end, roll back on any exception.

    Stamps, audit and access read the actor from the session, so nothing is written outside a unit.
    """
    session = db.session()
    session.info["actor"] = by
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("actor", None)
