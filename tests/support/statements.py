"""Recording of SQL statements and their query plans."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.db.write_queue import QUEUE_OPTION
from app.extensions import db
from tests.support.client import end_transaction

TRANSACTION_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")


@contextmanager
def capture_statements() -> Iterator[list[str]]:
    """Collect the SQL statements of the block, without transaction control and the write queue's."""
    statements: list[str] = []

    def record(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        queued = connection.get_execution_options().get(QUEUE_OPTION)
        if not queued and not statement.startswith(TRANSACTION_STATEMENTS):
            statements.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", record)


def explain_statement(action: Callable[[], Any], fragment: str) -> str:
    """Return the query plan of the first statement of `action` that contains `fragment`."""
    sent: list[tuple[str, Any]] = []

    def record(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        sent.append((statement, values))

    end_transaction()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    db.engine.dispose()  # an open connection of SQLite keeps the statistics that it has read
    engine = db.engine
    event.listen(engine, "before_cursor_execute", record)
    try:
        action()
    finally:
        event.remove(engine, "before_cursor_execute", record)
    end_transaction()
    statement, values = next(one for one in sent if fragment in one[0])
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        return "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", values))
