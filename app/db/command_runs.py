"""The table `command_run`: when a command such as `siaga backup` ran last, and with which result."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.actor import SYSTEM
from app.db.model import Base
from app.db.transaction import transaction
from app.db.types import Line
from app.extensions import db

BACKUP = "backup"
MAX_SUMMARY_LENGTH = 300


class CommandRun(Base):
    """The last run of a command; one row for each name."""

    __tablename__ = "command_run"

    name: Mapped[str] = mapped_column(Line(40), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    succeeded: Mapped[bool]
    succeeded_at: Mapped[datetime | None]
    """When a run last ended without a fault."""
    summary: Mapped[str | None] = mapped_column(Line(MAX_SUMMARY_LENGTH))
    """Counts or the first fault; no personal data."""


def record_run(name: str, started_at: datetime, summary: str, *, succeeded: bool) -> None:
    """Store the result of a run that ended now, in a transaction of its own."""
    now = clock.now()
    with transaction(by=SYSTEM) as session:
        run = session.get(CommandRun, name) or CommandRun(name=name)
        run.started_at, run.finished_at, run.succeeded = started_at, now, succeeded
        run.summary = summary[:MAX_SUMMARY_LENGTH]
        if succeeded:
            run.succeeded_at = now
        session.add(run)


def get_run(name: str) -> CommandRun | None:
    """Return the last run of a command, or None."""
    return db.session.get(CommandRun, name)
