"""What is written of sessions: the log-in, the last use, the end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import machine_now
from app.core.moves import move_named
from app.extensions import db
from app.security.models import PortalUser, UserSession
from app.security.states import SESSION_MOVES

KEPT = timedelta(days=90)

_sessions = UserSession.__table__
_SEEN = update(_sessions).where(_sessions.c.id == bindparam("pk")).values(last_seen_at=bindparam("moment"))


class Seen(NamedTuple):
    """A session was used at that moment."""

    session_id: int
    moment: datetime


def create_session(user: PortalUser, *, token_hash: str, device: str, device_hash: str) -> None:
    """Write the log-in down, in the transaction that found the password right.

    The book tells of it by `login`, so the row itself is no entry there.
    """
    now = machine_now()
    db.session.execute(
        insert(_sessions).values(
            user_id=user.actor_id,
            token_hash=token_hash,
            device=device,
            device_hash=device_hash,
            created_at=now,
            changed_at=now,
            last_seen_at=now,
            created_by_id=user.actor_id,
            changed_by_id=user.actor_id,
        )
    )


def end_sessions(user_id: int, *, keep: int | None = None) -> None:
    """End all sessions of a user but the one with the id `keep`."""
    own = (_sessions.c.user_id == user_id, _sessions.c.ended_at.is_(None))
    db.session.execute(
        update(_sessions).where(*own, _sessions.c.id.is_distinct_from(keep)).values(ended_at=machine_now())
    )


def end_session_of(token_hash: str) -> None:
    """End the session of this token: its user logs out."""
    open_ = (_sessions.c.token_hash == token_hash, _sessions.c.ended_at.is_(None))
    db.session.execute(update(_sessions).where(*open_).values(ended_at=machine_now()))


def end_session(record: UserSession, *, by: Actor) -> UserSession:  # noqa: ARG001  as every service
    """End one session from the page of sessions."""
    move_named(SESSION_MOVES, "end").check(record)
    record.ended_at = machine_now()
    db.session.flush()
    return record


def remove_old_sessions(session: Session, _items: Sequence[None]) -> None:
    """Remove the rows of sessions that were last used long ago."""
    session.execute(delete(_sessions).where(_sessions.c.last_seen_at < machine_now() - KEPT))


def write_last_seen(session: Session, items: Sequence[Seen]) -> None:
    """Note when sessions were last used; neither a new version nor a line in the book."""
    newest = {seen.session_id: seen.moment for seen in items}
    session.connection().execute(_SEEN, [{"pk": pk, "moment": moment} for pk, moment in newest.items()])
