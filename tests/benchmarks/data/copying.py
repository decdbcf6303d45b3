"""Copies of template rows, derived from the metadata of the tables.

Keys are spread, not appended: row `n` of the template becomes rows `(n - 1) * copies + 1` and following, so
that ids still grow with time. Reference rows that the portal ships with keep their ids. Each copy of a client
has its own shift in days and seconds, which moves no date out of its year.
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
"""A row as the database stores it."""

OF_CLIENTS = ("household", "client")
"""Tables of which every copy has rows of its own, as has every table that references them."""
UNSHIFTED = frozenset({"birth_date", "expires_at"})


class Copy(NamedTuple):
    """One copy of one client."""

    owner: int
    """The client in the template, counted from 0."""
    number: int
    """The copy, counted from 0."""
    days: int
    seconds: int
    users: Mapping[int | None, int | None]
    """Id of a user in the template -> id of a user in the office."""


@dataclass(frozen=True)
class Spread:
    """Mapping of one table's keys from the template to the copies."""

    shipped: int
    """Highest id of the rows that the portal ships with."""
    copies: int

    def of(self, key: int, number: int) -> int:
        """Return the key of a template row in a copy."""
        if key <= self.shipped:
            return key
        return self.shipped + (key - self.shipped - 1) * self.copies + number % self.copies + 1

    def sql(self, column: str) -> str:
        """Return the same as an SQL expression over `t` (template row) and `c` (copy)."""
        own = f"(t.{column} - {self.shipped + 1}) * {self.copies} + c.number % {self.copies} + 1"
        return f"CASE WHEN t.{column} <= {self.shipped} THEN t.{column} ELSE {self.shipped} + {own} END"


@dataclass(frozen=True)
class Plan:
    """How each column of a table is copied."""

    table: Table
    spreads: Mapping[str, Spread]
    workers: tuple[int, ...]
    """Ids of the template's peksos; all its other users become `admin`."""
    admin: int
    """Id of the office's administrator."""

    @cached_property
    def keys(self) -> dict[str, Spread]:
        """Column -> spread of the referenced table, the row's own id included."""
        named = {
            name: self.spreads[target] for name, target in _references(self.table) if target in self.spreads
        }
        return named | ({"id": self.spreads[self.table.name]} if "id" in self.table.c else {})

    @cached_property
    def users(self) -> list[str]:
        """Columns that reference a user."""
        return [name for name, target in _references(self.table) if target == "ab_user"]

    @cached_property
    def days(self) -> list[str]:
        """Date columns that are shifted."""
        return [c.name for c in self.table.c if type(c.type) is Date and c.name not in UNSHIFTED]

    @cached_property
    def instants(self) -> list[str]:
        """Instant columns that are shifted."""
        return [c.name for c in self.table.c if type(c.type) is Instant and c.name not in UNSHIFTED]

    def row(self, row: Row, copy: Copy) -> Row:
        """Return the template row as a row of the copy."""
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
        """Return the INSERT that copies the rows of the template's clients `first` to `last`."""
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
    """Return the name of the temporary table with the template's rows of a table."""
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
    """Return table -> key -> client (from 0) to which the row belongs; `tables` has parents first.

    A row without client (expenditures of the office itself) belongs to the client of the row before it.
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
    """Shift a date in stored form."""
    return (date.fromisoformat(text) + timedelta(days=copy.days)).isoformat()


def shifted_instant(text: str, copy: Copy) -> str:
    """Shift an instant in stored form."""
    moved = datetime.fromisoformat(text) + timedelta(days=copy.days, seconds=copy.seconds)
    return moved.isoformat(" ", "microseconds")


def _references(table: Table) -> list[tuple[str, str]]:
    return [(key.parent.name, key.column.table.name) for key in table.foreign_keys]
