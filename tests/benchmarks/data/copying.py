"""How a row of the template becomes the row of a copy, derived from the tables' metadata.

Keys are spread, not appended: row `n` of the template becomes rows `(n - 1) * copies + 1` and following, so
that ids go on growing with time. Rows that the portal ships with keep their ids. Every client of every copy
has a shift of its own in days and seconds, and no date leaves its year by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Date, Table

from app.db.types import Instant
from app.extensions import Model

Row = dict[str, Any]
"""A row in stored form."""

OF_CLIENTS = ("household", "client")
"""Tables of which every copy has rows of its own; so has every table that refers to them."""
UNSHIFTED = frozenset({"birth_date", "expires_at"})


class Copy(NamedTuple):
    """One client in one copy."""

    owner: int
    """The client in the template, from 0."""
    number: int
    """The copy, from 0."""
    days: int
    seconds: int
    users: Mapping[int | None, int | None]
    """User of the template -> user of the office."""


@dataclass(frozen=True)
class Spread:
    """The keys of one table."""

    shipped: int
    """The highest id that the portal ships with."""
    copies: int

    def of(self, key: int, number: int) -> int:
        """Return the key of a row in a copy."""
        if key <= self.shipped:
            return key
        return self.shipped + (key - self.shipped - 1) * self.copies + number % self.copies + 1

    def sql(self, column: str) -> str:
        """Return the same as an expression of `t` (the template) and `c` (the copy)."""
        own = f"(t.{column} - {self.shipped + 1}) * {self.copies} + c.number % {self.copies} + 1"
        return f"CASE WHEN t.{column} <= {self.shipped} THEN t.{column} ELSE {self.shipped} + {own} END"


@dataclass(frozen=True)
class Plan:
    """What becomes of each column of a table."""

    table: Table
    spreads: Mapping[str, Spread]
    workers: tuple[int, ...]
    """The template's peksos; everybody else there is its administrator."""
    admin: int
    """The administrator of the office."""

    @cached_property
    def keys(self) -> dict[str, Spread]:
        """Column -> spread of the table to which it refers, the row's own id included."""
        named = {
            name: self.spreads[target] for name, target in _references(self.table) if target in self.spreads
        }
        return named | ({"id": self.spreads[self.table.name]} if "id" in self.table.c else {})

    @cached_property
    def users(self) -> list[str]:
        """Columns that name a user."""
        return [name for name, target in _references(self.table) if target == "ab_user"]

    @cached_property
    def days(self) -> list[str]:
        """Columns of dates that move."""
        return [c.name for c in self.table.c if type(c.type) is Date and c.name not in UNSHIFTED]

    @cached_property
    def instants(self) -> list[str]:
        """Columns of instants that move."""
        return [c.name for c in self.table.c if type(c.type) is Instant and c.name not in UNSHIFTED]

    def row(self, row: Row, copy: Copy) -> Row:
        """Return the row of a copy."""
        made = dict(row)
        for name, spread in self.keys.items():
            if made[name] is not None:
                made[name] = spread.of(made[name], copy.number)
        for name in self.users:
            made[name] = copy.users[made[name]]
        for name in self.days:
            if made[name] is not None:
                made[name] = shifted_day(made[name], copy)
        for name in self.instants:
            if made[name] is not None:
                made[name] = shifted_instant(made[name], copy)
        return made

    def insert(self, first: int, last: int, *, postgresql: bool) -> str:
        """Return the statement that copies the rows of the clients `first` to `last` of the template."""
        names = self.table.c.keys()
        values = ", ".join(self._expression(name, postgresql) for name in names)
        order = "t.id" if "id" in self.table.c else f"t.{names[0]}"
        return (
            f"INSERT INTO {self.table.name} ({', '.join(names)}) SELECT {values}"
            f" FROM {staged(self.table.name)} AS t JOIN {staged('copy')} AS c ON c.owner = t.owner"
            f" WHERE t.owner BETWEEN {first} AND {last} ORDER BY {order}, c.number"
        )

    def _expression(self, name: str, postgresql: bool) -> str:
        if name in self.keys:
            return self.keys[name].sql(name)
        if name in self.users:
            slots = " ".join(f"WHEN {user} THEN c.worker_{slot}" for slot, user in enumerate(self.workers))
            return f"CASE t.{name} {slots} WHEN t.{name} THEN {self.admin} END"
        if name in self.days:
            return f"t.{name} + c.days" if postgresql else f"date(t.{name}, c.days || ' days')"
        if name in self.instants and postgresql:
            return f"t.{name} + make_interval(days => c.days, secs => c.seconds)"
        if name in self.instants:
            moved = f"datetime(t.{name}, c.days || ' days', c.seconds || ' seconds')"
            return f"{moved} || substr(t.{name}, 20)"
        return f"t.{name}"


def staged(table: str) -> str:
    """Return the name of the temporary table that holds the template's rows of a table."""
    return f"template_{table}"


def tables_of_clients() -> list[Table]:
    """Return the tables of which every copy has rows of its own, parents first."""
    found: list[Table] = []
    for table in Model.metadata.sorted_tables:
        parents = {target for _name, target in _references(table)}
        if table.name in OF_CLIENTS or parents & {one.name for one in found}:
            found.append(table)
    return found


def owners_of(rows: Mapping[str, list[Row]], tables: Iterable[Table]) -> dict[str, dict[Any, int]]:
    """Return table -> key -> the client (from 0) in whose story the row was made; parents first.

    A row that belongs to no client (what the office spends on itself) goes with the one before it.
    """
    owners: dict[str, dict[Any, int]] = {"client": {row["id"]: row["id"] - 1 for row in rows["client"]}}
    owners["household"] = {}
    for row in rows["client"]:
        owners["household"].setdefault(row["household_id"], row["id"] - 1)
    for table in tables:
        if table.name in OF_CLIENTS:
            continue
        parents = [(name, owners[target]) for name, target in _references(table) if target in owners]
        last, made = 0, owners.setdefault(table.name, {})
        for position, row in enumerate(rows[table.name]):
            of_parents = (known.get(row[name]) for name, known in parents)
            last = next((owner for owner in of_parents if owner is not None), last)
            made[row.get("id", position)] = last
    return owners


def shifted_day(text: str, copy: Copy) -> str:
    """Move a date in stored form."""
    return (date.fromisoformat(text) + timedelta(days=copy.days)).isoformat()


def shifted_instant(text: str, copy: Copy) -> str:
    """Move an instant in stored form."""
    moved = datetime.fromisoformat(text) + timedelta(days=copy.days, seconds=copy.seconds)
    return moved.isoformat(" ", "microseconds")


def _references(table: Table) -> list[tuple[str, str]]:
    return [(key.parent.name, key.column.table.name) for key in table.foreign_keys]
