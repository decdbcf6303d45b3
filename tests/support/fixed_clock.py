"""The fixed instant of all tests, and control of the machine's clock for tests of sessions and limits.

The domain reads `core.clock.now`, which the fixture `fixed_now` fixes at `NOW`; a portal in another process
gets the same instant from SIAGA_NOW. No end of a day, month or year is near it, and no holiday.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from time_machine import Traveller as Traveller
from time_machine import travel

from app.core import clock

NOW = datetime(2027, 6, 15, 10, tzinfo=clock.WITA)
"""A Tuesday. Literal dates in tests lie before it; future dates are computed from it."""
TODAY = NOW.date()
FAR_AHEAD = TODAY.replace(year=TODAY.year + 70)
"""A date that stays in the future."""

CLOCK_SETTINGS = {"SIAGA_NOW": NOW.isoformat(), "SIAGA_TESTING": "1"}
"""Environment variables that fix the clock of a portal in another process."""


def days_ahead(count: int) -> date:
    return TODAY + timedelta(days=count)


def fix_domain_clock() -> None:
    """Fix the domain clock of this process, and of every process that it starts, at `NOW`."""
    os.environ.update(CLOCK_SETTINGS)
    clock.configure_now(NOW)


@contextmanager
def domain_clock(instant: datetime) -> Iterator[None]:
    """Fix the domain clock of this process at another instant inside the block."""
    clock.configure_now(instant)
    try:
        yield
    finally:
        fix_domain_clock()


def machine_now() -> datetime:
    """Return the machine's time in UTC, which sessions, links, rate limits and locks use."""
    return datetime.now(UTC)


@contextmanager
def machine_clock(instant: datetime, *, ticking: bool = True) -> Iterator[Traveller]:
    """Set the machine's clock of this process inside the block."""
    with travel(instant, tick=ticking) as traveller:
        yield traveller


@contextmanager
def advance_machine_clock(duration: timedelta) -> Iterator[Traveller]:
    """Move the machine's clock forward inside the block; it keeps ticking."""
    with machine_clock(machine_now() + duration) as traveller:
        yield traveller
