"""An office with many clients, and every address at which its lists are asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import func, select

from app import synthetic
from app.cli.portal import prepare
from app.core.views import PortalView
from app.core.views.filters import Equals, From, OneOf, Until, YesNo
from app.extensions import db
from config import Settings
from tests.support import databases, portal
from tests.support.client import PortalClient

CLIENTS = 50_000
LARGE = 5_000
"""From so many rows on a table is large: nothing may read all of it."""
QUERIES = ("siti", "wa ode", "siti nur", "zzzz", "6474011234567890", "LK3/2020/0012", "si")
"""A common part of a name, a rare one, two words, none, a whole NIK, a case number, too short for the index."""
DEEP = 99_999
"""A page that nobody turns to, and that an address may ask for."""


@contextmanager
def office(dialect: str, clients: int, folder: Path) -> Iterator[Flask]:
    """The portal of an invented office, with the standing cast in it."""
    name = f"office_{folder.name}_{clients}".replace("-", "_").lower()
    database = databases.make_blank(dialect, folder, name)
    settings = Settings(
        instance=folder, database=database, secret_key="x" * 40, upload_dir=folder / "uploads", testing=True
    )
    app = portal.make_app(settings)
    try:
        with app.app_context():
            prepare(app)
            portal.hire_cast()
            synthetic.synthesize(clients, seed=1)
            yield app
            db.session.remove()
            db.engine.dispose()
    finally:
        databases.drop_blank(dialect, name)


def entered(app: Flask, username: str) -> PortalClient:
    """A client that is logged in there."""
    return portal.logged_in(SimpleNamespace(app=app, cookies={}), username)  # type: ignore[arg-type]


def rooms(app: Flask) -> list[PortalView]:
    return [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]


def size_of(view: PortalView) -> int:
    size = db.session.scalar(select(func.count()).select_from(view.datamodel.obj.__table__))
    db.session.rollback()
    return size or 0


def plainly(view: PortalView) -> Iterator[str]:
    """The list as it opens, narrowed by each filter and named list, and searched: what another reader asks."""
    for arguments in ({}, *_filters(view), *_presets(view), *_searches(view)):
        yield _list(view, arguments)


def thoroughly(view: PortalView) -> Iterator[str]:
    """The list in every order, with every filter, named list and search; its type-ahead."""
    name = type(view).__name__
    orders: list[dict[str, Any]] = [{}]
    orders += [
        {f"_oc_{name}": column, f"_od_{name}": direction}
        for column in view.order_columns
        for direction in ("asc", "desc")
    ]
    narrowed = ({}, {f"page_{name}": 7}, {f"page_{name}": DEEP}, *_filters(view), *_presets(view))
    for order, more in product(orders, (*narrowed, *_searches(view))):
        yield _list(view, order | more)
    for one, other in product(_filters(view), _searches(view)):
        yield _list(view, one | other)
    for q in ("", *QUERIES):
        yield f"/api/v1/options{view.route_base}?{urlencode({'q': q})}"


def _list(view: PortalView, arguments: dict[str, Any]) -> str:
    return f"{view.route_base}/list/?{urlencode(arguments)}"


def _searches(view: PortalView) -> list[dict[str, Any]]:
    return [{"q": q} for q in QUERIES] if view.quick_search else []


def _presets(view: PortalView) -> list[dict[str, Any]]:
    return [{"show": preset.name} for preset in view.presets]


def _filters(view: PortalView) -> Iterator[dict[str, Any]]:
    offered = view.datamodel.get_filters(view.search_columns).get_search_filters()
    for column, filters in offered.items():
        for index, flt in enumerate(filters):
            for value in _values(view, column, flt):
                yield {f"_flt_{index}_{column}": value}


def _values(view: PortalView, column: str, flt: Any) -> Iterator[Any]:
    """What somebody would choose there."""
    if isinstance(flt, OneOf):
        yield from view.columns[column].type.enum_class.__members__
    elif isinstance(flt, YesNo):
        yield from "yn"
    elif isinstance(flt, From):
        yield from ("2016-05-01", "2026-11-01")
    elif isinstance(flt, Until):
        yield from ("2011-03-01", "2026-05-01")
    elif isinstance(flt, Equals):
        yield "2026" if view.datamodel.is_integer(column) else "siti"
    else:
        related = view.datamodel.get_related_model(column)
        yield from db.session.execute(select(func.min(related.id), func.max(related.id))).one()
        db.session.rollback()
