"""How many statements each page takes at most, for each role: one more is decided upon.

They do not depend on how much there is: `tests/test_scaling.py` asks again with twenty times the records.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.admin.base import PortalView
from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.cases.models.case import Case
from app.extensions import db
from app.referrals.models.referral import Referral
from tests.support.client import PortalClient
from tests.support.sample_records import create_one_of_each
from tests.test_routes import ROLES

BOUNDS = Path(__file__).with_name("statement_counts.json")
"""Route -> the counts of `ROLES`; null: this role gets no page there."""
RECORDS = {"TimelineView": Case, "LinkView": Referral, "LetterView": Referral, "PartnerPageView": Referral}


@pytest.mark.parametrize(
    "portal_instance", ["sqlite"], indirect=True
)  # the portal asks the same of both databases
def test_no_page_takes_more_statements_than_it_may(
    app: Flask, as_user: Callable[[str], PortalClient], capture_statements: Callable[..., Any]
) -> None:
    create_one_of_each()
    clients = [as_user(who) for who in ROLES]
    counts: dict[str, list[int | None]] = {}
    for route, address in sorted(_page_addresses(app)):
        counts[route] = [_count_statements(client, address, capture_statements) for client in clients]
    counts = {route: found for route, found in counts.items() if any(found)}
    bounds = json.loads(BOUNDS.read_text())
    assert counts.keys() == bounds.keys()
    assert {
        route: found for route, found in counts.items() if not _is_within_bounds(found, bounds[route])
    } == {}


def _is_within_bounds(counts: list[int | None], bounds: list[int | None]) -> bool:
    return all(
        count == bound if None in (count, bound) else count <= bound
        for count, bound in zip(counts, bounds, strict=True)
    )


def _page_addresses(app: Flask) -> Iterator[tuple[str, str]]:
    """Every route that may answer with a page, and its address for the newest record."""
    views = {type(view).__name__: view for view in app.appbuilder.baseviews}  # type: ignore[attr-defined]
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and set(rule.arguments) <= {"pk"}:
            name = rule.endpoint.partition(".")[0]
            yield rule.rule, rule.rule.replace("<int:pk>", str(_newest_id(views.get(name), name)))


def _newest_id(view: Any, name: str) -> int:
    model = view.datamodel.obj if isinstance(view, PortalView) else RECORDS.get(name, Case)
    query = select(func.max(model.id))
    if model is AuditEntry:  # a log-in tells of no record, and somebody may have logged in long ago
        query = query.where(AuditEntry.action == Action.create)
    newest = db.session.scalar(query)
    db.session.rollback()
    return newest or 0


def _count_statements(client: PortalClient, address: str, statements: Callable[..., Any]) -> int | None:
    with statements() as sent:
        answer = client.get(address)
    return len(sent) if answer.status_code == 200 and answer.mimetype == "text/html" else None
