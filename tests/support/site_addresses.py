"""All GET URLs of the portal, with the ids, search texts and sort orders that a user might try."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.routing import Rule

from app.admin.base import PortalView
from app.db.types import UploadedFile

RecordIds = dict[str, list[int]]
"""Table name -> ids."""


def list_views(app: Flask) -> list[PortalView]:
    """Return the model views."""
    return [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]


def table_name(view: PortalView) -> str:
    return str(view.datamodel.obj.__tablename__)


def record_addresses(app: Flask, ids: RecordIds, *, method: str = "GET") -> Iterator[str]:
    """Yield the URL of every route with a record id, for each of these records."""
    names = {type(view).__name__: table_name(view) for view in list_views(app)}
    names |= {"TimelineView": "case_file", "LinkView": "referral", "LetterView": "referral"}
    adapter = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        table = names.get(rule.endpoint.partition(".")[0])
        if "pk" in rule.arguments and method in (rule.methods or ()) and table is not None:
            for values in _rule_values(app, rule, ids.get(table, []), ids):
                yield str(adapter.build(rule.endpoint, values))


def _rule_values(app: Flask, rule: Rule, keys: Sequence[int], ids: RecordIds) -> Iterator[dict[str, Any]]:
    for pk in keys:
        if "column" in rule.arguments:
            view = next(
                one for one in list_views(app) if type(one).__name__ == rule.endpoint.partition(".")[0]
            )
            files = [name for name, column in view.columns.items() if isinstance(column.type, UploadedFile)]
            yield from ({"pk": pk, "column": name} for name in files)
        elif "link" in rule.arguments:
            yield from ({"pk": pk, "link": link} for link in ids.get("referral_link", []))
        else:
            yield {"pk": pk}


def list_addresses(app: Flask) -> Iterator[str]:
    """Yield every list page sorted by each column, with archived rows, and with each preset."""
    for view in list_views(app):
        name, list_url = type(view).__name__, f"{view.route_base}/list/"
        orders = dict.fromkeys([*view.order_columns, view.base_order[0]])
        for column, direction in zip(orders, cycle(("asc", "desc"))):
            yield _with_query(
                list_url,
                {f"_oc_{name}": column, f"_od_{name}": direction, f"psize_{name}": 100, "archived": "y"},
            )
        for preset in view.presets:
            yield _with_query(list_url, {"show": preset.name})


def filter_addresses(app: Flask, ids: RecordIds) -> Iterator[tuple[str, str]]:
    """Yield pairs of list pages: filtered by each of these records, and by an id that does not exist."""
    for view in list_views(app):
        for column in sorted({*view.search_columns, *view.parent_relations}):
            if view.datamodel.is_relation(column):
                table = view.datamodel.get_related_model(column).__tablename__
                for pk in ids.get(table, []):
                    filter_url = f"{view.route_base}/list/?_flt_0_{column}="
                    yield f"{filter_url}{pk}", f"{filter_url}987654"


def search_addresses(rooms: Sequence[PortalView], words: Iterable[str]) -> Iterator[str]:
    """Yield every URL of these views that takes a search text, and the search over all views."""
    for word in words:
        for view in rooms:
            if view.quick_search:
                yield _with_query(f"{view.route_base}/list/", {"q": word, "archived": "y"})
            yield _with_query(f"/api/v1/options/{view.room}", {"q": word})
        yield _with_query("/api/v1/search", {"q": word})
        yield _with_query("/", {"q": word})


def prefilled_form_addresses(app: Flask, record_ids: RecordIds) -> Iterator[str]:
    """Yield every add form prefilled with each of these records, as new form and as draft."""
    for view in list_views(app):
        if view.has_add_form:
            relations = {
                name: view.datamodel.get_related_model(name).__tablename__
                for name in view.add_columns
                if view.datamodel.is_relation(name)
            }
            for name, table in relations.items():
                for pk in record_ids.get(table, []):
                    yield _with_query(f"{view.route_base}/add", {name: pk})
                    yield _with_query(f"{view.route_base}/add", {name: pk, "draft": 1})


def other_addresses(app: Flask, year: int) -> Iterator[str]:
    """Yield the pages without a record: first page, statistics, help, own account, options."""
    adapter = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if not rule.arguments and "GET" in (rule.methods or ()) and not rule.endpoint.endswith("static"):
            yield str(adapter.build(rule.endpoint))
    yield f"/statistics/money/?year={year}"
    yield from (f"/api/v1/options/{view.room}" for view in list_views(app))


def _with_query(path: str, arguments: dict[str, Any]) -> str:
    return f"{path}?{urlencode(arguments)}"
