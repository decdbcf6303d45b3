"""Rows in bulk: COPY on PostgreSQL, prepared statements on SQLite, indexes made at the end."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Index, Table, func, select, text
from tqdm import tqdm

from app.core import ddl
from app.core.model import Base
from app.core.types import Instant
from app.extensions import Model, db

Row = Mapping[str, Any]
"""A row in stored form: codes instead of enum members, JSON as text, instants in UTC with their offset."""

_STAMPS = {"created_at", "created_by_id", "changed_at", "changed_by_id", "version"}


def blank(model: type[Model]) -> dict[str, Any]:
    """Give a row of a model in which nothing is said yet, without its stamps."""
    return dict.fromkeys(set(model.__table__.columns.keys()) - _STAMPS)


class Loading:
    """Collects rows and writes them chunk by chunk, while the indexes of all tables are away."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = defaultdict(list)
        self._ids: dict[str, Iterator[int]] = {}
        self._connection = db.engine.connect()
        self._postgresql = self._connection.dialect.name == "postgresql"
        self._indexes = [
            index for table in Model.metadata.sorted_tables for index in table.indexes if _can_wait(index)
        ]

    def add(self, table: str, row: Row) -> None:
        """Keep a row until the chunk is written."""
        self._rows[table].append(row)

    def next_id(self, table: str) -> int:
        """Give the id of the next row of a table."""
        if table not in self._ids:
            self._ids[table] = itertools.count(self._newest(table) + 1)
        return next(self._ids[table])

    def _newest(self, table: str) -> int:
        newest = self._connection.scalar(select(func.max(Base.metadata.tables[table].c.id)))
        self._connection.rollback()
        return int(newest or 0)

    def __enter__(self) -> Self:
        if not self._postgresql:
            for pragma in ("foreign_keys = OFF", "synchronous = OFF", "cache_size = -200000"):
                self._raw().execute(f"PRAGMA {pragma}")
        with self._connection.begin():
            ddl.drop_all(self._connection)
            for index in self._indexes:
                index.drop(self._connection)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Make the indexes, triggers and full-text tables, also when something went wrong."""
        db.session.rollback()  # whatever went wrong there: on SQLite it would lock us out
        try:
            for index in tqdm(self._indexes, desc="index", unit="index", disable=None):
                with self._connection.begin():  # one by one: together they would be written twice
                    index.create(self._connection)
            with self._connection.begin():
                ddl.recreate_all(self._connection)
            self._settle()
        finally:
            self._connection.invalidate()  # its settings are for loading alone
            self._connection.close()

    def _settle(self) -> None:
        """Let the database count what is there; PostgreSQL also notes which pages everybody may see."""
        if self._postgresql:
            self._connection.execution_options(isolation_level="AUTOCOMMIT")
        self._connection.execute(text("VACUUM ANALYZE" if self._postgresql else "ANALYZE"))
        self._connection.commit()

    def write(self) -> None:
        """Write what was kept, in one transaction; tables in the order in which they refer to each other."""
        with self._connection.begin():
            for table in Model.metadata.sorted_tables:
                if rows := self._rows.pop(table.name, []):
                    (self._copy if self._postgresql else self._insert)(table, rows)

    def _insert(self, table: Table, rows: list[Row]) -> None:
        names = list(rows[0])
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  our own names
        instants = [place for place, name in enumerate(names) if isinstance(table.c[name].type, Instant)]
        self._raw().executemany(statement, (_sqlite(row, names, instants) for row in rows))

    def _copy(self, table: Table, rows: list[Row]) -> None:
        names = list(rows[0])
        with self._raw().cursor() as cursor:
            with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row([row[name] for name in names])
            if "id" in table.c:  # the next verb takes the next number
                sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                cursor.execute(f"SELECT setval({sequence}, (SELECT max(id) FROM {table.name}))")  # noqa: S608

    def _raw(self) -> Any:
        return self._connection.connection.driver_connection


def _can_wait(index: Index) -> bool:
    """Whether nothing leans on the index: a unique one says what may be written."""
    return not index.unique


def _sqlite(row: Row, names: list[str], instants: list[int]) -> list[Any]:
    """The values of a row, its instants in their stored form: UTC, to the microsecond, without offset."""
    values = [row[name] for name in names]
    for place in instants:
        if (moment := values[place]) is not None:
            values[place] = moment.isoformat(" ", "microseconds")[:26]
    return values
