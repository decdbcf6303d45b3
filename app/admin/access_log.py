"""Access log: reports views of records, lists, searches and denied accesses to the audit book."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from app.admin.query import FILTER_ARGUMENT_PATTERN
from app.admin.registry import find_model_by_table, find_view_by_table
from app.core.signals import record_accessed

GLOBAL_SEARCH_ENTITY = "search"
"""Takes the place of the table if a search covers several views."""
FIRST_PAGE_ENTITY = "today"
"""Takes the place of the table if the first page lists pending work."""
NAMED_FILTERS = ("q", "archived")


def holds_personal_data(model: type[Any]) -> bool:
    """Whether a column of the table is marked as personal (`db.column_info`)."""
    return any(column.info.get("personal") for column in model.__table__.columns)


def log_view(view: Any, pk: int, page: str) -> None:
    """Log a view of one record; `page` is `show`, `add`, `edit` or the name of a transition."""
    if view.is_access_logged:
        record_accessed.send(view, action="view", entity=_get_table_name(view), entity_id=pk, page=page)


def log_view_by_table(table: str, pk: int, page: str) -> None:
    """Log a view of a record whose values are shown on a page of another view.

    For a table without a view it is logged if the table holds personal data.
    """
    view, model = find_view_by_table(table), find_model_by_table(table)
    if view is not None:
        log_view(view, pk, page)
    elif model is not None and holds_personal_data(model):
        record_accessed.send(None, action="view", entity=table, entity_id=pk, page=page)


def log_search(view: Any, rows: int, filters: Sequence[str], page: str) -> None:
    """Log a list or a search of one view: number of rows shown, and names of the filters."""
    if view.is_access_logged:
        record_accessed.send(
            view, action="search", entity=_get_table_name(view), page=page, rows=rows, filters=sorted(filters)
        )


def log_hidden_record(view: Any, pk: int) -> None:
    """Log a 404 for a record; a missing record is logged like a hidden one.

    Every user may read the entries about themselves: a difference would tell which ids exist.
    """
    if view.log_access is not False:
        record_accessed.send(
            view, action="denied", entity=_get_table_name(view), entity_id=pk, page=_get_page_kind()
        )


def log_first_page(rows: int) -> None:
    """Log the list of pending work on the first page: number of records shown."""
    record_accessed.send(None, action="search", entity=FIRST_PAGE_ENTITY, page="list", rows=rows, filters=[])


def log_denied_record(view: Any, pk: int, page: str) -> None:
    """Log that the row rule refused a page of a record that the user may see (403)."""
    record_accessed.send(view, action="denied", entity=_get_table_name(view), entity_id=pk, page=page)


def log_global_search(hits_by_room: Mapping[str, int]) -> None:
    """Log one search over all views: number of hits, and the views that have hits."""
    rooms = sorted(room for room, rows in hits_by_room.items() if rows)
    record_accessed.send(
        None,
        action="search",
        entity=GLOBAL_SEARCH_ENTITY,
        page="search",
        rows=sum(hits_by_room.values()),
        filters=["q"],
        rooms=rooms,
    )


def list_filter_names(view: Any) -> list[str]:
    """Return the names of the filters that the URL fills, and of the preset. Never a typed value."""
    names = {
        match.group(2)
        for name, _value in _list_filled_arguments()
        if (match := FILTER_ARGUMENT_PATTERN.fullmatch(name))
    }
    names |= {
        name
        for name, _value in _list_filled_arguments()
        if name in (*NAMED_FILTERS, *view.preserved_query_arguments)
    }
    return sorted(names | {value for name, value in _list_filled_arguments() if name == "show"})


def _list_filled_arguments() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.args.items(multi=True) if value]


def _get_page_kind() -> str:
    return (request.endpoint or "").rpartition(".")[2].removeprefix("move_")


def _get_table_name(view: Any) -> str:
    return str(view.datamodel.obj.__tablename__)
