"""What everything invented shares: the dice, the load, the staff, today, and the numbers given out."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from io import BytesIO
from random import Random
from typing import Any, NamedTuple

from werkzeug.datastructures import FileStorage

from app.core import clock
from app.core.actor import SYSTEM
from app.core.files import save_upload
from app.core.numbers import NumberSeries
from app.synthetic.loading import Loading, Row


class Person(NamedTuple):
    """Who did it; without an id the portal itself."""

    id: int | None
    name: str


_RECEIPT = b"%PDF-1.4\n% kwitansi contoh\n%%EOF\n"
PORTAL = Person(SYSTEM.actor_id, SYSTEM.full_name)
"""Tells what nobody does: that something is overdue."""


@dataclass
class World:
    """The office as it is invented: everybody rolls the same dice and writes into the same load."""

    chance: Random
    loading: Loading
    now: datetime
    workers: list[Person]
    admin: Person
    clients: int
    _last: Counter[tuple[str, int]] = field(default_factory=Counter)

    @cached_property
    def receipt(self) -> str:
        """The one file that proves all that was spent: so many of them would measure the disk alone."""
        saved = save_upload(FileStorage(BytesIO(_RECEIPT), filename="kwitansi.pdf"))
        self.loading.add("stored_file", {"id": self.loading.next_id("stored_file"), **saved.row()})
        return saved.key

    @property
    def today(self) -> date:
        """The day in Bontang."""
        return day_of(self.now)

    def next_number(self, kind: str, year: int) -> int:
        """Give out the next number of a series of the year."""
        self._last[kind, year] += 1
        return self._last[kind, year]

    def close_books(self) -> None:
        """Say which number of each series was the last."""
        for (kind, year), last in sorted(self._last.items()):
            self.loading.add(NumberSeries.__tablename__, {"kind": kind, "year": year, "last": last})
        self.loading.write()

    def row(self, table: str, moment: datetime, by: Person, **fields: Any) -> int:
        """Keep a row with its stamps; gives its id."""
        key: int = fields.pop("id", None) or self.loading.next_id(table)
        self.loading.add(table, {"id": key, **stamps(moment, by.id), **fields})
        return key


def day_of(moment: datetime) -> date:
    """The day in Bontang."""
    return moment.astimezone(clock.WITA).date()


def stamps(moment: datetime, by_id: int | None) -> Row:
    """Who made a row and when, and nobody since."""
    return {
        "created_at": moment,
        "created_by_id": by_id,
        "changed_at": moment,
        "changed_by_id": by_id,
        "version": 1,
    }
