"""The instant at which every test takes place, and the machine's clock for those about sessions and limits.

The portal's domain asks `core.clock.now`, which the fixture `fixed_now` holds at `NOW`; a served portal gets
the same by SIAGA_NOW. The instant is a plain one: no edge of a day, month or year is near, and no holiday.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from time_machine import Traveller as Traveller
from time_machine import travel

from app.core import clock

NOW = datetime(2027, 6, 15, 10, tzinfo=clock.WITA)
"""A Tuesday. Literal days in tests lie before it; what lies ahead is counted from it."""
TODAY = NOW.date()
FAR_AHEAD = TODAY.replace(year=TODAY.year + 70)
"""A day that is surely to come."""

CLOCK_SETTINGS = {"SIAGA_NOW": NOW.isoformat(), "SIAGA_TESTING": "1"}
"""What makes a portal of its own process live at the same instant."""


def days_ahead(count: int) -> date:
    return TODAY + timedelta(days=count)


def fix_domain_clock() -> None:
    """Hold the domain's clock of this process, and of every process that it starts, at `NOW`."""
    os.environ.update(CLOCK_SETTINGS)
    clock.configure_now(NOW)


@contextmanager
def domain_clock(instant: datetime) -> Iterator[None]:
    """Hold the domain's clock of this process at another instant."""
    clock.configure_now(instant)
    try:
        yield
    finally:
        fix_domain_clock()


def machine_now() -> datetime:
    """What the machine's clock says: for sessions, links, limits and locks, which obey it."""
    return datetime.now(UTC)


@contextmanager
def machine_clock(instant: datetime, *, ticking: bool = True) -> Iterator[Traveller]:
    """Set the machine's clock of this process."""
    with travel(instant, tick=ticking) as traveller:
        yield traveller


@contextmanager
def advance_machine_clock(duration: timedelta) -> Iterator[Traveller]:
    """Let that much time pass on the machine's clock; it goes on from there."""
    with machine_clock(machine_now() + duration) as traveller:
        yield traveller
