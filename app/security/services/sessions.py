"""What is written of sessions: the log-in, the last use, the end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import machine_now
from app.core.transitions import get_transition
from app.extensions import db
from app.security.models import PortalUser, UserSession
from app.security.transitions import SESSION_TRANSITIONS

SESSION_RETENTION = timedelta(days=90)

_session_table = UserSession.__table__
_UPDATE_LAST_SEEN = (
    update(_session_table)
    .where(_session_table.c.id == bindparam("pk"))
    .values(last_seen_at=bindparam("moment"))
)


class SessionUse(NamedTuple):
    """A session was used at that moment."""

    session_id: int
    used_at: datetime


def create_session(user: PortalUser, *, token_hash: str, device: str, device_hash: str) -> None:
    """Write the log-in down, in the transaction that found the password right.

    The book tells of it by `login`, so the row itself is no entry there.
    """
    now = machine_now()
    db.session.execute(
        insert(_session_table).values(
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


def end_sessions(user_id: int, *, except_id: int | None = None) -> None:
    """End all sessions of a user but the one with the id `keep`."""
    own = (_session_table.c.user_id == user_id, _session_table.c.ended_at.is_(None))
    db.session.execute(
        update(_session_table)
        .where(*own, _session_table.c.id.is_distinct_from(except_id))
        .values(ended_at=machine_now())
    )


def end_session_by_token(token_hash: str) -> None:
    """End the session of this token: its user logs out."""
    open_ = (_session_table.c.token_hash == token_hash, _session_table.c.ended_at.is_(None))
    db.session.execute(update(_session_table).where(*open_).values(ended_at=machine_now()))


def end_session(record: UserSession, *, by: Actor) -> UserSession:
    """End one session from the page of sessions."""
    get_transition(SESSION_TRANSITIONS, "end").check_allowed(record)
    record.ended_at = machine_now()
    db.session.flush()
    return record


def remove_old_sessions(session: Session, _items: Sequence[None]) -> None:
    """Remove the rows of sessions that were last used long ago."""
    session.execute(
        delete(_session_table).where(_session_table.c.last_seen_at < machine_now() - SESSION_RETENTION)
    )


def write_last_seen(session: Session, uses: Sequence[SessionUse]) -> None:
    """Note when sessions were last used; neither a new version nor a line in the book."""
    newest = {seen.session_id: seen.used_at for seen in uses}
    session.connection().execute(
        _UPDATE_LAST_SEEN, [{"pk": pk, "moment": moment} for pk, moment in newest.items()]
    )
