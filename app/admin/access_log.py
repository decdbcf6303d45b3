"""What the pages of a room tell the audit: who looked at a record, listed a room, or met a hidden record."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from app.admin.query import FILTER_ARGUMENT_PATTERN
from app.admin.registry import find_model_by_table, find_view_by_table
from app.core.signals import record_accessed

GLOBAL_SEARCH_ENTITY = "search"
"""Stands for the table where a search asks several rooms at once."""
FIRST_PAGE_ENTITY = "today"
"""Stands for the table where the first page lists what waits."""
NAMED_FILTERS = ("q", "archived")


def holds_personal_data(model: type[Any]) -> bool:
    """Whether a column of the table says who somebody is (`types.personal`)."""
    return any(column.info.get("personal") for column in model.__table__.columns)


def log_view(view: Any, pk: int, page: str) -> None:
    """Note a look at one record; `page` is the kind of page: `show`, `edit`, the name of a transition."""
    if view.is_access_logged:
        record_accessed.send(view, action="view", entity=_get_table_name(view), entity_id=pk, page=page)


def log_view_by_table(table: str, pk: int, page: str) -> None:
    """Note a look at a record of which a page of another room shows values.

    A table without a view is noted if it holds personal data.
    """
    view, model = find_view_by_table(table), find_model_by_table(table)
    if view is not None:
        log_view(view, pk, page)
    elif model is not None and holds_personal_data(model):
        record_accessed.send(None, action="view", entity=table, entity_id=pk, page=page)


def log_search(view: Any, rows: int, filters: Sequence[str], page: str) -> None:
    """Note a list or a search of one room: how many rows it showed, by which filters."""
    if view.is_access_logged:
        record_accessed.send(
            view, action="search", entity=_get_table_name(view), page=page, rows=rows, filters=sorted(filters)
        )


def log_hidden_record(view: Any, pk: int) -> None:
    """Note that the user was answered 404; one that is not there is noted like one that he may not see.

    Else the lines about himself, which everybody reads, would tell him which numbers exist.
    """
    if view.log_access is not False:
        record_accessed.send(
            view, action="denied", entity=_get_table_name(view), entity_id=pk, page=_get_page_kind()
        )


def log_first_page(rows: int) -> None:
    """Note the list of what waits: how many records it named."""
    record_accessed.send(None, action="search", entity=FIRST_PAGE_ENTITY, page="list", rows=rows, filters=[])


def log_denied_record(view: Any, pk: int, page: str) -> None:
    """Note that the row rule refused a page of a record that the user sees (403)."""
    record_accessed.send(view, action="denied", entity=_get_table_name(view), entity_id=pk, page=page)


def log_global_search(hits_by_room: Mapping[str, int]) -> None:
    """Note one search over all rooms: how many hits it showed, in which rooms."""
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
    """Names of the filters that a list's address fills; of a named list its name. Never a typed value."""
    names = {
        found.group(2)
        for name, _value in _list_filled_arguments()
        if (found := FILTER_ARGUMENT_PATTERN.fullmatch(name))
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
