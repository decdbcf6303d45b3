"""The lower limit: raw SQL and a bare Jinja table, without log-in, permissions and page frame."""

import json
import sqlite3
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import psycopg
from jinja2 import Environment
from sqlalchemy.engine import make_url

from tests.benchmarks.statement_counter import StatementCounter

PAGE_SIZE = 25
_ENVIRONMENT = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
TABLE_TEMPLATE = _ENVIRONMENT.from_string("""<!DOCTYPE html>
<title>Limit</title>
<p>{{ count }}</p>
<table>
  {% for row in rows %}
    <tr>{% for value in row %}<td>{{ value if value is not none else "" }}</td>{% endfor %}</tr>
  {% endfor %}
</table>
""")

_CLIENT = (
    "SELECT c.id, c.name, c.nik, c.sex, c.birth_date, k.name, c.phone"
    " FROM client c LEFT JOIN kelurahan k ON k.id = c.kelurahan_id"
)
_CASE = (
    "SELECT f.id, f.number, c.name, u.first_name, f.urgency, f.confidentiality, f.status, f.opened_at"
    " FROM case_file f JOIN client c ON c.id = f.client_id LEFT JOIN ab_user u ON u.id = f.worker_id"
)
_REFERRAL = (
    "SELECT r.id, r.number, n.name, p.name, c.name, r.due_at, r.state FROM referral r"
    " JOIN case_file f ON f.id = r.case_id JOIN client c ON c.id = f.client_id"
    " JOIN need_kind n ON n.id = r.need_kind_id LEFT JOIN partner p ON p.id = r.partner_id"
)
_EVENT = "SELECT occurred_at, kind, actor_name, source FROM case_event"
_NEWEST = "ORDER BY c.id DESC LIMIT 25"
_CAPPED = "SELECT count(*) FROM (SELECT 1 FROM {} LIMIT 1001) AS few"
_SEARCH_CONDITION = {
    "sqlite": "c.id IN (SELECT rowid FROM client_fts WHERE client_fts MATCH :quoted)",
    "postgresql": "c.search_text LIKE :like",
}

STATEMENTS: dict[str, tuple[str, ...]] = {
    "clients": (_CAPPED.format("client"), f"{_CLIENT} {_NEWEST}"),
    "last": (_CAPPED.format("client"), f"{_CLIENT} ORDER BY c.id LIMIT 25"),
    "middle": (_CAPPED.format("client"), f"{_CLIENT} {_NEWEST} OFFSET 2475"),
    "sorted": (_CAPPED.format("client"), f"{_CLIENT} ORDER BY c.name, c.id LIMIT 25"),
    "search": (
        _CAPPED.format("client c WHERE {found}"),
        f"{_CLIENT} WHERE {{found}} {_NEWEST}",
    ),
    "nik": (f"{_CLIENT} WHERE c.nik = :nik AND c.merged_into_id IS NULL",),
    "filter": (
        _CAPPED.format("client WHERE identity_status = 'verified' AND kelurahan_id = :kelurahan"),
        f"{_CLIENT} WHERE c.identity_status = 'verified' AND c.kelurahan_id = :kelurahan {_NEWEST}",
    ),
    "cases": (_CAPPED.format("case_file"), f"{_CASE} ORDER BY f.opened_at DESC, f.id DESC LIMIT 25"),
    "case": (
        f"{_CASE} WHERE f.id = :case",
        "SELECT u.first_name FROM case_team t JOIN ab_user u ON u.id = t.user_id WHERE t.case_id = :case",
        "SELECT p.name FROM case_category JOIN ppks_category p ON p.id = category_id WHERE case_id = :case",
    ),
    "referrals": (
        _CAPPED.format("referral"),
        f"{_REFERRAL} ORDER BY r.id DESC LIMIT 25",
    ),
    "timeline": (
        f"{_CASE} WHERE f.id = :case",
        f"{_EVENT} WHERE case_id = :case ORDER BY occurred_at DESC, id DESC LIMIT 50",
    ),
    "options": ("SELECT c.id, c.name FROM client c WHERE {found} ORDER BY c.id DESC LIMIT 21",),
}


class RawSqlPages:
    """WSGI application on one database, with a connection per thread."""

    def __init__(self, database: str, counter: StatementCounter) -> None:
        self._url = make_url(database)
        self._dialect = self._url.get_backend_name()
        self._local, self._counter = threading.local(), counter

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        name = environ["PATH_INFO"].strip("/")
        values = {key: found[0] for key, found in parse_qs(environ["QUERY_STRING"]).items()}
        if q := values.pop("q", None):
            values |= self._search_values(q)
        results = [self._execute(statement, values) for statement in STATEMENTS[name]]
        if name == "options":
            body, kind = json.dumps([list(row) for row in results[0]]), "application/json"
        else:
            body, kind = (
                TABLE_TEMPLATE.render(count=results[0][0], rows=results[-1]),
                "text/html; charset=utf-8",
            )
        start_response("200 OK", [("Content-Type", kind)])
        return [body.encode()]

    def _search_values(self, q: str) -> dict[str, str]:
        if self._dialect == "postgresql":
            return {"like": f"%{q}%"}
        return {"quoted": " AND ".join(f'"{word}"' for word in q.split() if len(word) > 2)}

    def _execute(self, statement: str, values: dict[str, str]) -> list[Any]:
        self._counter.count(statement)
        statement = statement.replace("{found}", _SEARCH_CONDITION[self._dialect])
        if self._dialect == "postgresql":
            for name in values:
                statement = statement.replace(f":{name}", f"%({name})s")
        return list(self._connection().execute(statement, values).fetchall())

    def _connection(self) -> Any:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._connect()
        return self._local.connection

    def _connect(self) -> Any:
        if self._dialect == "sqlite":
            return sqlite3.connect(str(self._url.database), isolation_level=None)
        address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(address, autocommit=True)


def application(database: str) -> Callable[..., Any]:
    """Return the application with a statement counter."""
    counter = StatementCounter()
    return counter.wrap(RawSqlPages(database, counter))
