"""The template's rows in stored form, and the client to whom each belongs."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from app.extensions import Model
from tests.benchmarks.data.copying import Plan, Row, owners_of, tables_of_clients

FARTHEST = 60
"""Highest shift in days, either way; clients with an event in that many last days are not shifted."""


class TemplateRows:
    """All rows of a template (some thousand)."""

    def __init__(self, file: Path) -> None:
        self.of: dict[str, list[Row]] = {}
        """Table -> rows in the order of their creation."""
        with sqlite3.connect(file) as connection:
            connection.row_factory = sqlite3.Row
            for table in Model.metadata.sorted_tables:
                found = connection.execute(f"SELECT * FROM {table.name} ORDER BY rowid")
                self.of[table.name] = [dict(row) for row in found]
        connection.close()
        self.users: dict[str, int] = {row["username"]: row["id"] for row in self.of["ab_user"]}
        self.clients = len(self.of["client"])
        self.tables = tables_of_clients()
        self.owners = owners_of(self.of, self.tables)

    def owned(self, table: str) -> Iterator[tuple[int, Row]]:
        """Yield the rows of a table, each with its client (from 0)."""
        owners = self.owners[table]
        for place, row in enumerate(self.of[table]):
            yield owners[row.get("id", place)], row

    def by_owner(self, table: str) -> Mapping[int, list[Row]]:
        """Return client -> rows of the table."""
        found: dict[int, list[Row]] = defaultdict(list)
        for owner, row in self.owned(table):
            found[owner].append(row)
        return found

    def bounds(self, plans: Mapping[str, Plan], today: date) -> list[tuple[int, int]]:
        """Return for each client by how many days its dates may move backwards and forwards.

        No date leaves its year: numbers are counted per year, and money is spent in its budget year.
        """
        found = [(-FARTHEST, FARTHEST)] * self.clients
        for table in self.tables:
            plan = plans[table.name]
            for owner, row in self.owned(table.name):
                days = {row[name][:10] for name in (*plan.days, *plan.instants) if row[name] is not None}
                for day in map(self._parsed, days):
                    found[owner] = _narrowed(found[owner], day, today)
        return found

    @cached_property
    def _days(self) -> dict[str, date]:
        return {}

    def _parsed(self, text: str) -> date:
        if text not in self._days:
            self._days[text] = date.fromisoformat(text)
        return self._days[text]


def _narrowed(bounds: tuple[int, int], day: date, today: date) -> tuple[int, int]:
    if day >= today - timedelta(days=FARTHEST + 1):
        return 0, 0
    earliest, latest = bounds
    since_new_year = (day - date(day.year, 1, 1)).days
    until_new_year = (date(day.year, 12, 31) - day).days
    return max(earliest, -since_new_year), min(latest, until_new_year)
