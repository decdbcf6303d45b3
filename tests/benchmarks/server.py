"""One server of the benchmark: `python -m tests.benchmarks.server KIND PORT`, with waitress for all kinds.

Each kind imports only its own modules, so that its memory use is its own.
"""

import gc
import os
import sys
from collections.abc import Callable
from typing import Any

import waitress

from tests.benchmarks.statement_counter import StatementCounter

USERNAME, PASSWORD = "benchmark", "Kopi pahit di pelabuhan 7"
THREADS = 8
"""As many as `run.py` uses."""
CHANNEL_TIMEOUT = 3600
"""Seconds that a connection may be idle while other servers are measured."""


def _portal_application() -> Callable[..., Any]:
    from sqlalchemy import event

    import config
    from app.cli.portal import build_app
    from app.extensions import db

    app, counter = build_app(config.load()), StatementCounter()
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute", lambda _one, _two, statement, *_rest: counter.count(statement)
        )
    return counter.wrap(app)


def _django_application() -> Callable[..., Any]:
    from tests.benchmarks.django_site.wsgi import application

    made: Callable[..., Any] = application(USERNAME, PASSWORD)
    return made


def _raw_sql_application() -> Callable[..., Any]:
    from tests.benchmarks.raw_sql import application

    return application(os.environ["SIAGA_DATABASE_URL"])


KINDS = {
    "portal": _portal_application,
    "django": _django_application,
    "tuned": _django_application,
    "limit": _raw_sql_application,
}


def main(kind: str, port: str) -> None:
    os.environ["BENCHMARK_TUNED"] = str(int(kind == "tuned"))
    app = KINDS[kind]()
    gc.freeze()  # this and the next as in `run.py`, for all kinds
    gc.set_threshold(20_000)
    waitress.serve(app, host="127.0.0.1", port=int(port), threads=THREADS, channel_timeout=CHANNEL_TIMEOUT)


if __name__ == "__main__":
    main(*sys.argv[1:])
