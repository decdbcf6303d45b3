"""Statements and query plans of a timeline page do not depend on the number of events."""

from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import insert, text

from app.cases.enums import ActorKind
from app.cases.events import list_codes_of_group
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.services.process import correct_service
from app.cases.timeline.query import PAGE_SIZE, TimelineQuery, build_event_query
from app.db.transaction import transaction
from app.extensions import db
from tests.cases.support import AsUser
from tests.support.client import end_transaction
from tests.support.rows import multiply_rows
from tests.support.statements import capture_statements, explain_statement

pytestmark = pytest.mark.slow

MAX_STATEMENTS = 8
LONG_CASE_EVENTS, SHORT_CASE_EVENTS, OTHER_CASES = 5000, 50, 100
KINDS = (
    *["case_updated"] * 12,
    *["service_given"] * 4,
    *["note_added"] * 2,
    "follow_up_set",
    "service_corrected",
)
PAGE_START = (datetime(2024, 3, 1, tzinfo=UTC), 9)
QUERIES = {
    "all": TimelineQuery(),
    "one kind": TimelineQuery(group="notes"),
    "many kinds": TimelineQuery(group="process"),
    "a kind that never happened": TimelineQuery(group="files"),
    "a person": TimelineQuery(person=2),
    "a person and kinds": TimelineQuery(group="services", person=2),
    "text": TimelineQuery(q="kelurahan"),
    "text of a kind": TimelineQuery(group="services", q="kelurahan"),
    "a month": TimelineQuery(month=datetime(2024, 2, 1, tzinfo=UTC).date()),
}


def _insert_events(case: Case, count: int) -> None:
    """Insert events with dummy hashes; the tests that use them do not verify the chain."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [
        {
            "case_id": case.id,
            "kind": KINDS[number % len(KINDS)],
            "occurred_at": start + timedelta(hours=number // 3),
            "recorded_at": start + timedelta(hours=number // 3),
            "actor_kind": ActorKind.user,
            "actor_id": 2 + number % 3,
            "actor_name": "Rina",
            "source": "case_file",
            "source_id": case.id,
            "data": {},
            "salt": "0",
            "data_hash": "0",
            "prev_hash": f"{case.id}-{number}",
            "hash": "0",
        }
        for number in range(count)
    ]
    db.session.execute(insert(CaseEvent), rows)


@pytest.fixture
def cases(app: Flask, make: ModuleType) -> dict[str, int]:
    """Ids of a short and a long case in a database with many other cases."""
    rina, short, long = make.get_user("rina"), make.case(), make.case()
    with transaction(by=rina):
        _insert_events(short, SHORT_CASE_EVENTS)
        _insert_events(long, LONG_CASE_EVENTS)
    ids = {"short": short.id, "long": long.id}
    multiply_rows(OTHER_CASES, "case_file")
    own = ("id", "case_id")
    columns = ", ".join(column.name for column in CaseEvent.__table__.c if column.name not in own)
    of_long = ", ".join(f"e.{name}" for name in columns.split(", "))
    copied = f"INSERT INTO case_event (case_id, {columns}) SELECT c.id, {of_long}"
    end_transaction()
    with db.engine.begin() as connection:
        connection.execute(
            text(
                f"{copied} FROM case_event e JOIN case_file c ON c.id NOT IN (:short, :long)"
                " WHERE e.case_id = :long AND e.id % 5 = 0"
            ),
            ids,
        )
        connection.execute(text("ANALYZE"))
    db.engine.dispose()  # an open connection of SQLite keeps the statistics that it has read
    return ids


def test_every_page_is_read_in_the_order_of_an_index(app: Flask, cases: dict[str, int]) -> None:
    wrong = []
    end_transaction()
    for name, first_page in QUERIES.items():
        for filters in (first_page, first_page._replace(before=PAGE_START)):
            plans = {
                length: explain_statement(
                    lambda filters=filters, key=key: db.session.execute(
                        build_event_query(key, filters, PAGE_SIZE + 1)
                    ).all(),
                    "case_event",
                )
                for length, key in cases.items()
            }
            for length, plan in plans.items():
                faults = _find_plan_faults(plan, filters, long=length == "long")
                wrong += [f"{name}, {length}: {fault}\n{plan}" for fault in faults]
    assert wrong == [], "\n\n".join(wrong)


def _find_plan_faults(plan: str, filters: TimelineQuery, *, long: bool) -> list[str]:
    """Return the faults of a plan.

    For the few rows of a short case PostgreSQL may choose any index of the case.
    """
    found = [bad for bad in ("Seq Scan on case_event", "SCAN case_event") if bad in plan]
    found += ["Bitmap"] if long and "Bitmap Heap Scan on case_event" in plan else []
    kinds = len(list_codes_of_group(filters.group)) if filters.group else 0
    if long and not kinds and ("Sort" in plan or "B-TREE" in plan):
        found.append("sorts")
    index = "kind" if kinds else "actor_id" if filters.person else "occurred_at"
    if not long:  # any index of the case may be used for its few rows
        return found if "ix_case_event_case_id_" in plan else [*found, "does not use an index of the case"]
    if f"ix_case_event_case_id_{index}" not in plan and not (kinds and filters.person):
        found.append(f"does not use the index of {index}")
    return found


def test_long_case_needs_as_many_statements_as_a_short_one(
    app: Flask, cases: dict[str, int], as_user: AsUser
) -> None:
    rina = as_user("rina")
    for filters in ("", "kind=services", "person=2", "q=kelurahan", "kind=notes&person=2&q=a"):
        counts = []
        for case_id in cases.values():
            with capture_statements() as sent:
                assert rina.get(f"/cases/{case_id}/timeline?{filters}").status_code == 200
            counts.append(len(sent))
        assert counts[0] == counts[1] <= MAX_STATEMENTS, filters


def test_corrections_and_follow_ups_take_no_more_statements(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case, client = make.case(), as_user("rina")
    service, rina = make.service(case=case), make.get_user("rina")
    make.follow_up(case=case)
    with transaction(by=rina):
        correct_service(service, narrative="Lain", outcome="Beres", by=rina)
    with capture_statements() as sent:
        assert "<del>" in client.get(f"/cases/{case.id}/timeline").text
    assert len(sent) <= MAX_STATEMENTS, "\n".join(sent)
