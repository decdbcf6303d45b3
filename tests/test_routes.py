"""Status of every route, for each role and each method.

Expectations for model views come from `ROLE_PERMISSIONS`, for other routes from `OTHER_ROUTES`. A new route
without a row there fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import Rule

from app.admin.base import PortalView
from app.audit.models import AuditEntry
from app.core.actor import ADMIN, PEKSOS, SUPERVISOR
from app.extensions import db
from app.notices.models import Notice
from app.security import web_session
from app.security.models import PortalUser, UserSession
from app.security.rules.roles import ROLE_PERMISSIONS
from tests.support.client import PortalClient
from tests.support.portal import get_user
from tests.support.rows import dump_tables
from tests.support.sample_records import create_one_of_each

ANONYMOUS = "nobody"
ROLES = {"admin": ADMIN, "rina": PEKSOS, "kabid": SUPERVISOR}
ALL_CALLERS = (ANONYMOUS, *ROLES)

LOG_IN = 302
METHODS = {
    "sqlite": ("GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"),
    "postgresql": ("GET", "POST"),  # other methods do not reach the database; HEAD runs as GET
}

OTHER_ROUTES: dict[str, dict[str, tuple[int, int, int, int]]] = {
    # endpoint: method: nobody, admin, rina, kabid
    "static": {"GET": (404, 404, 404, 404)},
    "appbuilder.static": {"GET": (404, 404, 404, 404)},
    "health.healthz": {"GET": (200, 200, 200, 200)},
    "TodayView.index": {"GET": (302, 200, 200, 200)},
    "TodayView.help": {"GET": (302, 200, 200, 200)},
    "TimelineView.timeline": {"GET": (302, 200, 200, 200)},
    "TimelineView.report": {"GET": (302, 200, 200, 200)},
    "ClientsPerYearView.chart": {"GET": (302, 200, 200, 200)},
    "MoneyPerYearView.chart": {"GET": (302, 200, 200, 200)},
    "LinkView.make": {"POST": (302, 409, 409, 403)},  # the referral has not been sent
    "LinkView.code": {"POST": (302, 409, 409, 403)},
    "LinkView.revoke": {"POST": (302, 404, 404, 403)},
    "LetterView.letter": {"GET": (302, 200, 200, 200)},
    "LetterView.letters": {"GET": (302, 302, 302, 302)},  # no row is ticked
    "PartnerPageView.page": {"GET": (404, 404, 404, 404), "POST": (404, 404, 404, 404)},
    "PartnerPageView.answer": {"POST": (404, 404, 404, 404)},
    "PartnerPageView.document": {"GET": (404, 404, 404, 404)},
    "ReportsByHourView.chart": {"GET": (302, 200, 200, 200)},
    "TimeToTakeUpView.chart": {"GET": (302, 200, 200, 200)},
    "UtilView.back": {"GET": (302, 302, 302, 302)},
    "AuthView.login": {"GET": (200, 302, 302, 302), "POST": (200, 302, 302, 302)},
    "AuthView.logout": {"POST": (302, 302, 302, 302)},  # not requested during the loop: it ends the session
    "LanguageView.choose": {"POST": (400, 400, 400, 400)},
    "ProfileView.page": {"GET": (302, 200, 200, 200), "POST": (302, 200, 200, 200)},
    "CaseloadView.page": {"GET": (302, 200, 403, 403), "POST": (302, 200, 403, 403)},
    "PasswordView.page": {"GET": (302, 200, 200, 200), "POST": (302, 200, 200, 200)},
    "OptionsApi.options": {"GET": (401, 404, 404, 404)},
    "SearchApi.search": {"GET": (401, 200, 200, 200)},
}


PERMISSION_ALIASES = {
    "download_file": "download",
    "draft": "add",
    "desk": "show",
    "sheet": "download",
    "report": "download",
    "workbook": "download",
    "note": "download",
    "readers": "download",
}
"""Action -> permission that it requires, if its name is another one."""

EXPECTED_ERRORS = {"download_file": 404, "note": 404, "readers": 400}
"""No such column; aid not yet handed over; no record named."""

REFUSED_BY_RECORD = {
    # The role has the permission, but not for this record: Rina owns the one case, an ordinary one.
    "CaseView.move_lower_confidentiality",
    "CaseView.move_police_report",
    # no other client has this NIK
    "ClientView.move_clear_nik",
    "ClientView.move_archive_duplicate",
}
OWN_RECORD_VIEWS = {"SessionView", "NoticeView"}
"""Views that show users their own records only; the requested record is Rina's."""
PEKSOS_ONLY = {"CaseView.move_join", "CaseView.move_take"}
"""Transitions that only a peksos may run: other users get 403."""


@dataclass(frozen=True)
class SampleRecords:
    """A record of every kind."""

    ids: dict[str, int]
    """Name of the view -> id of its record."""
    closed_endpoints: frozenset[str]
    """Endpoints of transitions that cannot start from the record's state."""


@pytest.fixture
def sample_records(app: Flask) -> SampleRecords:
    create_one_of_each()
    views = [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    ids = {type(view).__name__: _some_id(view) for view in views}
    ids["TimelineView"] = ids["CaseView"]
    ids |= dict.fromkeys(("LinkView", "LetterView", "PartnerPageView"), ids["ReferralView"])
    closed = frozenset(
        f"{type(view).__name__}.move_{transition.name}"
        for view in views
        for transition in view.transitions
        if not transition.is_allowed(db.session.get_one(view.datamodel.obj, ids[type(view).__name__]))
    )
    return SampleRecords(ids, closed)


def _some_id(view: PortalView) -> int:
    model: Any = view.datamodel.obj
    if model is PortalUser:
        return get_user("sari").id
    if model is AuditEntry:
        query = select(AuditEntry.id).filter_by(actor_id=get_user("rina").id).limit(1)
        return db.session.scalars(query).one()  # a peksos sees audit entries of her own actions only
    query = select(model.id).order_by(model.id.desc()).limit(1)
    if model in (UserSession, Notice):  # Rina sees her own records only
        query = query.filter_by(user_id=get_user("rina").id)
    found = db.session.scalar(query)
    assert found is not None, f"create_one_of_each() makes no {model.__name__}"
    return int(found)


def _view(app: Flask, rule: Rule) -> PortalView | None:
    name = rule.endpoint.partition(".")[0]
    views = [view for view in app.appbuilder.baseviews if type(view).__name__ == name]  # type: ignore[attr-defined]
    return views[0] if views and isinstance(views[0], PortalView) else None


def _build_url(app: Flask, rule: Rule, sample_records: SampleRecords) -> str:
    values: dict[str, Any] = dict.fromkeys(rule.arguments, "nothing")
    name = rule.endpoint.partition(".")[0]
    if "pk" in values and name in sample_records.ids:
        values["pk"] = sample_records.ids[name]
    if "link" in values:
        values["link"] = 1
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def _matched_endpoint(app: Flask, url: str, method: str) -> str | None:
    """Return the endpoint that handles the request; None if the method is not allowed."""
    try:
        return str(app.url_map.bind("localhost").match(url, method)[0])
    except MethodNotAllowed:
        return None


def expected_status(
    app: Flask, rule: Rule, sample_records: SampleRecords, who: str, method: str
) -> int | None:
    """Return the expected status; None if the table has no row."""
    view = _view(app, rule)
    if view is not None:
        return _expected_view_status(view, rule.endpoint, sample_records, who, method)
    row = OTHER_ROUTES.get(rule.endpoint, {}).get("GET" if method == "HEAD" else method)
    return None if row is None else row[ALL_CALLERS.index(who)]


def _expected_view_status(
    view: PortalView, endpoint: str, sample_records: SampleRecords, who: str, method: str
) -> int:
    action = endpoint.partition(".")[2]
    if who == ANONYMOUS:
        return LOG_IN
    if action == "home":
        return 302
    name = PERMISSION_ALIASES.get(action, action.removeprefix("move_"))
    if (type(view).__name__, f"can_{name}") not in ROLE_PERMISSIONS[
        ROLES[who]
    ] or endpoint in REFUSED_BY_RECORD:
        return 403
    if endpoint in PEKSOS_ONLY and who != "rina":
        return 403
    if type(view).__name__ in OWN_RECORD_VIEWS and who != "rina" and action not in ("list", "export"):
        return 404
    if action in EXPECTED_ERRORS:
        return EXPECTED_ERRORS[action]
    if method == "POST" and action not in ("add", "draft"):
        return 409  # without a version the form counts as older than the record
    return 409 if endpoint in sample_records.closed_endpoints else 200


def _list_requests(
    app: Flask, sample_records: SampleRecords, who: str, method: str
) -> Iterator[tuple[Rule, str, int | None]]:
    """Yield (route, URL, expected status) for every route with this method."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        url = _build_url(app, rule, sample_records)
        endpoint = _matched_endpoint(app, url, method)
        if endpoint == rule.endpoint != "AuthView.logout":
            yield rule, url, expected_status(app, rule, sample_records, who, method)
        elif endpoint is None and who in (ANONYMOUS, "admin"):  # 405 is the same for all users
            yield rule, url, 405


@pytest.mark.parametrize("who", ALL_CALLERS)
def test_every_route_answers_with_the_expected_status(
    app: Flask,
    sample_records: SampleRecords,
    as_user: Callable[[str], PortalClient],
    anonymous_client: PortalClient,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
) -> None:
    # The last use of a session is stored once a minute, which a slow run exceeds.
    monkeypatch.setattr(web_session, "LAST_SEEN_INTERVAL", timedelta(hours=1))
    client = anonymous_client if who == ANONYMOUS else as_user(who)
    before = dump_tables()
    faults = []
    for method in METHODS[db.engine.dialect.name]:
        if method == "POST":
            assert dump_tables() == before, "a GET, HEAD or disallowed method changed rows"
        for rule, url, expected in _list_requests(app, sample_records, who, method):
            status = client.open(url, method=method, check_html=expected != 405).status_code
            if status != expected and not _is_saved_when_empty(rule, method, status):
                faults.append(f"{method} {url} ({rule.endpoint}): {status}, not {expected}")
    assert not faults, "\n".join(faults)
    assert client.post("/logout/").location == "/login/"


def _is_saved_when_empty(rule: Rule, method: str, status: int) -> bool:
    """Return whether an empty form was saved: no field of a client is required."""
    return method == "POST" and rule.endpoint == "ClientView.add" and status == 302


@pytest.mark.parametrize("portal_instance", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who", ALL_CALLERS)
def test_no_route_accepts_a_post_without_csrf_token(
    app: Flask,
    sample_records: SampleRecords,
    as_user: Callable[[str], PortalClient],
    anonymous_client: PortalClient,
    who: str,
) -> None:
    client = anonymous_client if who == ANONYMOUS else as_user(who)
    is_anonymous = who == ANONYMOUS

    def status_without_token(rule: Rule) -> int:
        """Return the status without a token: partner pages have no log-in to redirect to."""
        return 302 if is_anonymous and not rule.rule.startswith("/r/") else 400

    accepted = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.rule.startswith("/api/")
        if client.post(_build_url(app, rule, sample_records), csrf=False).status_code
        != status_without_token(rule)
    ]
    assert accepted == []


def test_table_contains_only_existing_routes(shared_app: Flask) -> None:
    assert set(OTHER_ROUTES) - {rule.endpoint for rule in shared_app.url_map.iter_rules()} == set()
