"""A database with 50,000 clients, and the URLs of all pages to check on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import URL, func, select, text

from app.admin.base import PortalView
from app.admin.filters import BooleanFilter, EnumFilter, EqualsFilter, FromFilter, UntilFilter
from app.cases.models.event import CaseEvent
from app.cli.portal import prepare_database
from app.core import clock
from app.extensions import db
from app.referrals.views.referrals import QUEUE_LABELS
from config import Settings
from tests.benchmarks.data.filling import fill
from tests.benchmarks.data.template import template_in
from tests.speed import query_plans
from tests.support import databases, portal, postgres
from tests.support.client import PortalClient
from tests.support.databases import postgres_url
from tests.support.rows import multiply_rows
from tests.support.sample_records import create_one_of_each

CLIENTS = 50_000
TEMPLATE_CLIENTS, SEED = 250, 1
"""Clients created by the services; all others are copies of them."""
DATABASE_NAME = "large_office"
MULTIPLIED_TABLES = (
    "incoming_report",
    "case_person",
    "assessment",
    "plan_goal",
    "attachment",
    "referral_document",
)
"""Tables of which the invented data has few rows or none; a sample row of each is multiplied."""
SPREAD_STATEMENTS = (
    "UPDATE incoming_report SET kelurahan_id = id % 15 + 1",
    "UPDATE incoming_report SET received_at = (SELECT created_at FROM client WHERE id = incoming_report.id)",
    "UPDATE incoming_report SET state = 'dismissed', dismissed_reason = 'Ganda' WHERE id % 100 > 0",
    """
    UPDATE case_person SET case_id = id WHERE NOT EXISTS
    (SELECT 1 FROM case_person p WHERE p.case_id = case_person.id AND p.client_id = case_person.client_id)
    """,
    "UPDATE assessment SET case_id = id",
    "UPDATE attachment SET case_id = id",
    "UPDATE plan_goal SET case_id = id, responsible_id = id % 20 + 2",
    "UPDATE plan_goal SET result = 'reached', evaluated_at = created_at WHERE id % 3 = 0",
    "UPDATE referral_document SET referral_id = id",
    """
    INSERT INTO audit_entry (at, actor_id, action, entity, entity_id, salt, changes_hash, prev_hash, hash)
    SELECT created_at, id % 20 + 2, CASE WHEN id % 5 = 0 THEN 'view' ELSE 'update' END,
           'client', id, '0', '0', 'after ' || id, '0' FROM client WHERE id <= 10000
    """,
)
"""Spread the multiplied rows over many cases and values, and the audit entries over many clients."""
QUERIES = ("siti", "wa ode", "siti nur", "zzzz", "6474011234567890", "LK3/2020/0012", "si")
"""Part of a common name, of a rare one, two words, no match, a full NIK, a case number, two letters."""
FEW_QUERIES = ("siti", "zzzz", "si")
DEEP_PAGE = 99_999
"""A page number beyond all pages, which a URL may contain."""

Arguments = dict[str, Any]


@contextmanager
def open_office(dialect: str) -> Iterator[Flask]:
    """Yield the application on the large database; the first caller in a test run builds it."""
    folder = postgres.shared_folder() / f"large-{dialect}"
    with postgres.lock(folder.name):
        built = folder / "built"
        app = portal.make_app(_settings(dialect, folder, new=not built.exists()))
        with app.app_context():
            if not built.exists():
                _fill_office(app)
                built.touch()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def _settings(dialect: str, folder: Path, *, new: bool) -> Settings:
    folder.mkdir(exist_ok=True)
    if new:
        databases.drop_database(dialect, DATABASE_NAME)
        databases.create_empty_database(dialect, folder, DATABASE_NAME)
    on_sqlite = dialect == "sqlite"
    database = (
        URL.create("sqlite", database=str(folder / DATABASE_NAME))
        if on_sqlite
        else postgres_url(DATABASE_NAME)
    )
    return Settings(
        instance=folder,
        database=database,
        secret_key="x" * 40,
        book_key="x" * 40,
        upload_dir=folder / "uploads",
        testing=True,
    )


def _fill_office(app: Flask) -> None:
    prepare_database(app)
    portal.create_cast()
    fill(CLIENTS, SEED, shared_template(), TEMPLATE_CLIENTS)
    create_one_of_each()
    multiply_rows(2 * query_plans.LARGE_TABLE_ROWS, *MULTIPLIED_TABLES)
    with db.engine.begin() as connection:
        for statement in SPREAD_STATEMENTS:
            connection.execute(text(statement))
    query_plans.analyze_database()
    db.session.remove()


def shared_template() -> Path:
    """Return the folder of the template that all tests of a run share; the first caller builds it."""
    folder = postgres.shared_folder() / "template"
    with postgres.lock(folder.name):
        template_in(folder, TEMPLATE_CLIENTS, SEED, clock.now())
    return folder


def log_in_to_office(app: Flask, username: str) -> PortalClient:
    """Return a logged-in client of the application."""
    return portal.log_in_client(SimpleNamespace(app=app), username)  # type: ignore[arg-type]


def list_views(app: Flask) -> list[PortalView]:
    return [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]


def is_large(view: PortalView) -> bool:
    size = db.session.scalar(select(func.count()).select_from(view.datamodel.obj.__table__))
    db.session.rollback()
    return bool(size) and size >= query_plans.LARGE_TABLE_ROWS


def list_urls(view: PortalView) -> Iterator[str]:
    """Yield the list page in every order, with every filter, preset and search, and combinations."""
    name = type(view).__name__
    paged: list[Arguments] = [{f"page_{name}": page} for page in (7, DEEP_PAGE)]
    alone = [*_filters(view), *_presets(view)]
    for arguments in ({}, *paged, *alone, *_searches(view, QUERIES)):
        yield _list_url(view, arguments)
    for one, other in product(_filters(view, first_and_last=True), _searches(view, FEW_QUERIES)):
        yield _list_url(view, one | other)
    narrowed = [
        {},
        paged[1],
        *_filters(view, first_and_last=True),
        *_presets(view),
        *_searches(view, QUERIES),
    ]
    for order, more in product(_orders(view), narrowed):
        yield _list_url(view, order | more)


def short_list_urls(view: PortalView) -> Iterator[str]:
    """Yield the list page as it opens, filtered, by preset and searched, for roles that see other rows."""
    for arguments in (
        {},
        *_filters(view, first_and_last=True),
        *_presets(view),
        *_searches(view, FEW_QUERIES),
    ):
        yield _list_url(view, arguments)


def option_urls(view: PortalView) -> Iterator[str]:
    """Yield the requests that the type-ahead fields of other views send to this view."""
    for q in ("", *(QUERIES if is_large(view) else FEW_QUERIES)):
        yield f"/api/v1/options{view.route_base}?{urlencode({'q': q})}"


READERS_PDF = "/audit/readers.pdf"
"""PDF of the users who have read a record; needs a record in its query."""


def other_urls(app: Flask) -> Iterator[str]:
    """Yield all other pages: overviews, figures, searches, the newest records, the longest case."""
    for rule in app.url_map.iter_rules():
        whole = not rule.arguments and rule.rule != READERS_PDF
        if "GET" in (rule.methods or ()) and whole and "/list/" not in rule.rule:
            yield rule.rule
    for q in QUERIES:
        yield from (f"/?{urlencode({'q': q})}", f"/api/v1/search?{urlencode({'q': q})}")
    for queue in QUEUE_LABELS:
        yield f"/referrals/list/?queue={queue}"
    case = longest_case()
    for more in ("", "?kind=services", "?person=2", "?q=kelurahan", "?kind=notes&person=2&q=a"):
        yield f"/cases/{case}/timeline{more}"
    yield f"/cases/show/{case}"
    yield f"{READERS_PDF}?{urlencode({'entity': 'case_file', 'entity_id': case})}"
    for view in list_views(app):
        newest = db.session.scalar(select(func.max(view.datamodel.obj.id)))
        db.session.rollback()
        yield from (f"{view.route_base}/{page}/{newest}" for page in ("show", "edit"))


def longest_case() -> int:
    events = select(CaseEvent.case_id).group_by(CaseEvent.case_id).order_by(func.count().desc()).limit(1)
    found = db.session.scalars(events).one()
    db.session.rollback()
    return found


def _list_url(view: PortalView, arguments: Arguments) -> str:
    return f"{view.route_base}/list/?{urlencode(arguments)}"


def _orders(view: PortalView) -> list[Arguments]:
    name, default = type(view).__name__, view.base_order
    orders = [
        (column, direction) for column in {*view.order_columns, default[0]} for direction in ("asc", "desc")
    ]
    return [
        {f"_oc_{name}": column, f"_od_{name}": direction}
        for column, direction in sorted(orders)
        if (column, direction) != default
    ]


def _searches(view: PortalView, queries: tuple[str, ...]) -> list[Arguments]:
    return [{"q": q} for q in queries] if view.quick_search else []


def _presets(view: PortalView) -> list[Arguments]:
    return [{"show": preset.name} for preset in view.presets]


def _filters(view: PortalView, *, first_and_last: bool = False) -> Iterator[Arguments]:
    """Yield each filter with each of its values, or with the first and the last of them only."""
    offered = view.datamodel.get_filters(view.search_columns).get_search_filters()
    for column, filters in offered.items():
        for index, flt in enumerate(filters):
            values = list(_values(view, column, flt))
            for value in dict.fromkeys((values[0], values[-1]) if first_and_last else values):
                yield {f"_flt_{index}_{column}": value}


def _values(view: PortalView, column: str, flt: Any) -> Iterator[Any]:
    """Yield values that a user might choose for the filter."""
    if isinstance(flt, EnumFilter):
        yield from view.columns[column].type.enum_class.__members__
    elif column in view.filter_options:
        yield from (value for value, _name in view.filter_options[column]())
    elif isinstance(flt, BooleanFilter):
        yield from "yn"
    elif isinstance(flt, FromFilter):
        yield from ("2016-05-01", "2026-11-01")
    elif isinstance(flt, UntilFilter):
        yield from ("2011-03-01", "2026-05-01")
    elif isinstance(flt, EqualsFilter):
        yield "2026" if view.datamodel.is_integer(column) else "siti"
    else:
        related = view.datamodel.get_related_model(column)
        yield from db.session.execute(select(func.min(related.id), func.max(related.id))).one()
        db.session.rollback()
