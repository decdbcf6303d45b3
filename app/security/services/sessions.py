"""Services of sessions: create at the log-in, record the last use, end, remove."""

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
    """Use of a session, as it waits in the write queue."""

    session_id: int
    used_at: datetime


def create_session(user: PortalUser, *, token_hash: str, device: str, device_hash: str) -> None:
    """Insert the session, in the transaction that accepted the password.

    Past the ORM: the `login` entry of the audit book covers it, so the row itself needs none.
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
    """End all sessions of a user except `except_id`."""
    conditions = (_session_table.c.user_id == user_id, _session_table.c.ended_at.is_(None))
    db.session.execute(
        update(_session_table)
        .where(*conditions, _session_table.c.id.is_distinct_from(except_id))
        .values(ended_at=machine_now())
    )


def end_session_by_token(token_hash: str) -> None:
    """End the session of this token, at the log-out of its user."""
    conditions = (_session_table.c.token_hash == token_hash, _session_table.c.ended_at.is_(None))
    db.session.execute(update(_session_table).where(*conditions).values(ended_at=machine_now()))


def end_session(record: UserSession, *, by: Actor) -> UserSession:
    """End one session, chosen on the page of sessions."""
    get_transition(SESSION_TRANSITIONS, "end").check_allowed(record)
    record.ended_at = machine_now()
    db.session.flush()
    return record


def remove_old_sessions(session: Session, _items: Sequence[None]) -> None:
    """Delete sessions last used before `SESSION_RETENTION`; called by the write queue."""
    session.execute(
        delete(_session_table).where(_session_table.c.last_seen_at < machine_now() - SESSION_RETENTION)
    )


def write_last_seen(session: Session, uses: Sequence[SessionUse]) -> None:
    """Write when sessions were last used, without a new version or audit entry; for the write queue."""
    newest = {use.session_id: use.used_at for use in uses}
    session.connection().execute(
        _UPDATE_LAST_SEEN, [{"pk": pk, "moment": moment} for pk, moment in newest.items()]
    )
