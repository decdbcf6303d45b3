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
HOURS_PER_YEAR, DAYS_PER_YEAR = 366 * 24, 366
"""Nobody promises to act later than that; days are counted one by one."""

_fixed_now: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)
_configured_now: list[datetime] = []


def configure_now(instant: datetime | None) -> None:
    """Take `instant` for now in this process (the setting SIAGA_NOW); None: the machine's clock."""
    _configured_now[:] = [] if instant is None else [instant.astimezone(UTC)]


@contextmanager
def freeze_time(instant: datetime) -> Iterator[None]:
    """Take `instant` (with offset) for now inside the block; the demo tells its past this way."""
    token = _fixed_now.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixed_now.reset(token)


def now() -> datetime:
    """The instant, in UTC with offset."""
    fixed = _fixed_now.get()
    if fixed is not None:
        return fixed
    return _configured_now[0] if _configured_now else machine_now()


def machine_now() -> datetime:
    """What the machine's clock says, in UTC, whatever the domain takes for now."""
    return datetime.now(UTC)


def today() -> date:
    """The day in Bontang: it begins at 16.00 UTC of the day before."""
    return now().astimezone(WITA).date()


def current_year() -> int:
    """The year in Bontang, as case numbers and fiscal years count it."""
    return today().year
