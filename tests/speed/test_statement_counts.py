"""Upper limits of the SQL statements per page and role, so that no page takes more unnoticed.

The counts do not depend on the number of records: see `tests/test_scaling.py`.
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
"""Route -> counts in the order of `ROLES`; null: the role gets no HTML page with status 200."""
RECORDS = {"TimelineView": Case, "LinkView": Referral, "LetterView": Referral, "PartnerPageView": Referral}


@pytest.mark.parametrize("portal_instance", ["sqlite"], indirect=True)  # the statements are the same on both
def test_statement_counts_stay_within_their_limits(
    app: Flask, as_user: Callable[[str], PortalClient], capture_statements: Callable[..., Any]
) -> None:
    create_one_of_each()
    clients = [as_user(who) for who in ROLES]
    counts: dict[str, list[int | None]] = {}
    for route, url in sorted(_page_urls(app)):
        counts[route] = [_count_statements(client, url, capture_statements) for client in clients]
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


def _page_urls(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield every GET route without or with a record id, and its URL for the newest record."""
    views = {type(view).__name__: view for view in app.appbuilder.baseviews}  # type: ignore[attr-defined]
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and set(rule.arguments) <= {"pk"}:
            name = rule.endpoint.partition(".")[0]
            yield rule.rule, rule.rule.replace("<int:pk>", str(_newest_id(views.get(name), name)))


def _newest_id(view: Any, name: str) -> int:
    model = view.datamodel.obj if isinstance(view, PortalView) else RECORDS.get(name, Case)
    query = select(func.max(model.id))
    if model is AuditEntry:  # log-in entries have no record, and may be of any age
        query = query.where(AuditEntry.action == Action.create)
    newest = db.session.scalar(query)
    db.session.rollback()
    return newest or 0


def _count_statements(client: PortalClient, url: str, statements: Callable[..., Any]) -> int | None:
    with statements() as sent:
        response = client.get(url)
    return len(sent) if response.status_code == 200 and response.mimetype == "text/html" else None
