"""Domain clock: the current instant for deadlines, ages, numbers and events; it can be frozen.

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
"""Upper limits of periods that users enter: nobody promises to act later, and days are counted one by one."""

_fixed_now: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)
_configured_now: list[datetime] = []


def configure_now(instant: datetime | None) -> None:
    """Fix the current instant for this process (setting SIAGA_NOW); None selects the machine's clock."""
    _configured_now[:] = [] if instant is None else [instant.astimezone(UTC)]


@contextmanager
def freeze_time(instant: datetime) -> Iterator[None]:
    """Fix the current instant inside the block, as the demo does to build its past; needs an offset."""
    token = _fixed_now.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixed_now.reset(token)


def now() -> datetime:
    """Return the current instant of the domain, in UTC with offset."""
    fixed = _fixed_now.get()
    if fixed is not None:
        return fixed
    return _configured_now[0] if _configured_now else machine_now()


def machine_now() -> datetime:
    """Return the time of the machine's clock in UTC, ignoring any fixed instant."""
    return datetime.now(UTC)


def today() -> date:
    """Return the current day in WITA; it begins at 16.00 UTC of the day before."""
    return now().astimezone(WITA).date()


def current_year() -> int:
    """Return the current year in WITA, used by number series and fiscal years."""
    return today().year
