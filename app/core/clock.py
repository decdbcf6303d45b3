"""What the portal takes for *now* in its domain: deadlines, ages, numbers, instants of events.

Sessions, CSRF, tokens, rate limits and lockout use the machine's clock instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

WITA = ZoneInfo("Asia/Makassar")
"""Bontang's time, UTC+8 without daylight saving."""
YEAR_OF_HOURS, YEAR_OF_DAYS = 366 * 24, 366
"""Nobody promises to act later than that; days are counted one by one."""

_fixed: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)
_configured: list[datetime] = []


def configure(instant: datetime | None) -> None:
    """Take `instant` for now in this process (the setting SIAGA_NOW); None: the machine's clock."""
    _configured[:] = [] if instant is None else [instant.astimezone(UTC)]


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Take `instant` (with offset) for now inside the block; the demo tells its past this way."""
    token = _fixed.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def now() -> datetime:
    """The instant, in UTC with offset."""
    fixed = _fixed.get()
    if fixed is not None:
        return fixed
    return _configured[0] if _configured else machine_now()


def machine_now() -> datetime:
    """What the machine's clock says, in UTC, whatever the domain takes for now."""
    return datetime.now(UTC)


def today() -> date:
    """The day in Bontang: it begins at 16.00 UTC of the day before."""
    return now().astimezone(WITA).date()


def year() -> int:
    """The year in Bontang, as case numbers and fiscal years count it."""
    return today().year
