"""Bulk loading: COPY on PostgreSQL, prepared statements on SQLite, without triggers and indexes."""

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from sqlalchemy import text
from tqdm import tqdm

from app.db import triggers
from app.extensions import Model, db

PRAGMAS = (
    "foreign_keys = OFF",
    "ignore_check_constraints = ON",
    "synchronous = OFF",
    "cache_size = -200000",
    "temp_store = MEMORY",
)
"""`siaga check` verifies afterwards what the first two skip."""


class Loader:
    """Connection that writes while all triggers and all non-unique indexes are dropped.

    Rows are in stored form: codes, JSON as text, instants as text in UTC without offset.
    """

    def __init__(self) -> None:
        self._connection = db.engine.connect()
        self.is_postgresql = self._connection.dialect.name == "postgresql"
        tables = Model.metadata.sorted_tables
        self._indexes = [index for table in tables for index in table.indexes if not index.unique]

    def __enter__(self) -> Self:
        if self.is_postgresql:
            self.execute("SET TIME ZONE 'UTC'")
        else:
            for pragma in PRAGMAS:
                self._driver().execute(f"PRAGMA {pragma}")
        triggers.drop_all(self._connection)
        for index in self._indexes:
            index.drop(self._connection)
        self.commit()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Recreate indexes, triggers and full-text tables, also after an error."""
        self._connection.rollback()
        db.session.rollback()  # on SQLite an open transaction would block this connection
        try:
            for index in tqdm(self._indexes, desc="index", unit="index", disable=None):
                index.create(self._connection)
                self.commit()  # one transaction for all would write their pages twice
            triggers.recreate_all(self._connection)
            self.commit()
            self._analyze()
        finally:
            self._connection.invalidate()  # its settings suit loading only
            self._connection.close()

    def insert(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows that all have the columns of the first one."""
        if rows:
            columns = list(rows[0])
            self._write(table, columns, ([row[name] for name in columns] for row in rows))

    def execute(self, statement: str) -> None:
        """Execute one statement without parameters."""
        self._connection.execute(text(statement))

    def row(self, query: str) -> tuple[Any, ...]:
        """Return the first row of a query."""
        return tuple(self._connection.exec_driver_sql(query).one())

    def max_id(self, table: str) -> int:
        """Return the highest id of a table, 0 where it is empty."""
        return int(self._connection.exec_driver_sql(f"SELECT max(id) FROM {table}").scalar() or 0)

    def commit(self) -> None:
        self._connection.commit()

    def set_sequences(self) -> None:
        """Set PostgreSQL's sequences to the highest ids."""
        for table in Model.metadata.sorted_tables if self.is_postgresql else ():
            if "id" in table.c and (highest := self.max_id(table.name)):
                self.execute(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {highest})")
        self.commit()

    def _write(self, table: str, columns: list[str], rows: Iterable[list[Any]]) -> None:
        names = ", ".join(columns)
        if not self._connection.in_transaction():
            self._connection.begin()  # the raw cursor would commit every row
        if not self.is_postgresql:
            marks = ", ".join("?" * len(columns))
            self._driver().executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            return
        with self._driver().cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def _analyze(self) -> None:
        """Update the planner's statistics; on PostgreSQL also the visibility map."""
        if self.is_postgresql:
            self._connection.execution_options(isolation_level="AUTOCOMMIT")
        self._connection.execute(text("VACUUM ANALYZE" if self.is_postgresql else "ANALYZE"))
        self._connection.commit()

    def _driver(self) -> Any:
        return self._connection.connection.driver_connection
