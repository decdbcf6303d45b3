"""What the pages of a room tell the audit: who looked at a record, listed a room, or met a hidden record."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from app.core.hooks import accessed
from app.core.registry import model_of_table, view_of_table
from app.core.views.searching import FILTER_ARGUMENT

ALL_ROOMS = "search"
"""Stands for the table where a search asks several rooms at once."""
FIRST_PAGE = "today"
"""Stands for the table where the first page lists what waits."""
NAMED_FILTERS = ("q", "archived")


def holds_personal_data(model: type[Any]) -> bool:
    """Whether a column of the table says who somebody is (`types.personal`)."""
    return any(column.info.get("personal") for column in model.__table__.columns)


def log_view(view: Any, pk: int, page: str) -> None:
    """Note a look at one record; `page` is the kind of page: `show`, `edit`, the name of a transition."""
    if view.logs_reading:
        accessed.send(view, action="view", entity=_table(view), entity_id=pk, page=page)


def log_view_of_table(table: str, pk: int, page: str) -> None:
    """Note a look at a record of which a page of another room shows values.

    A table without a view is noted if it holds personal data.
    """
    view, model = view_of_table(table), model_of_table(table)
    if view is not None:
        log_view(view, pk, page)
    elif model is not None and holds_personal_data(model):
        accessed.send(None, action="view", entity=table, entity_id=pk, page=page)


def log_search(view: Any, rows: int, filters: Sequence[str], page: str) -> None:
    """Note a list or a search of one room: how many rows it showed, by which filters."""
    if view.logs_reading:
        accessed.send(
            view, action="search", entity=_table(view), page=page, rows=rows, filters=sorted(filters)
        )


def log_hidden(view: Any, pk: int) -> None:
    """Note that the user was answered 404; one that is not there is noted like one that he may not see.

    Else the lines about himself, which everybody reads, would tell him which numbers exist.
    """
    if view.logs_views is not False:
        accessed.send(view, action="denied", entity=_table(view), entity_id=pk, page=_page_kind())


def log_first_page(rows: int) -> None:
    """Note the list of what waits: how many records it named."""
    accessed.send(None, action="search", entity=FIRST_PAGE, page="list", rows=rows, filters=[])


def log_refused(view: Any, pk: int, page: str) -> None:
    """Note that the row rule refused a page of a record that the user sees (403)."""
    accessed.send(view, action="denied", entity=_table(view), entity_id=pk, page=page)


def log_search_of_all(found: Mapping[str, int]) -> None:
    """Note one search over all rooms: how many hits it showed, in which rooms."""
    rooms = sorted(room for room, rows in found.items() if rows)
    accessed.send(
        None,
        action="search",
        entity=ALL_ROOMS,
        page="search",
        rows=sum(found.values()),
        filters=["q"],
        rooms=rooms,
    )


def filter_names(view: Any) -> list[str]:
    """Names of the filters that a list's address fills; of a named list its name. Never a typed value."""
    names = {found.group(2) for name, _value in _filled() if (found := FILTER_ARGUMENT.fullmatch(name))}
    names |= {name for name, _value in _filled() if name in (*NAMED_FILTERS, *view.kept_arguments)}
    return sorted(names | {value for name, value in _filled() if name == "show"})


def _filled() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.args.items(multi=True) if value]


def _page_kind() -> str:
    return (request.endpoint or "").rpartition(".")[2].removeprefix("move_")


def _table(view: Any) -> str:
    return str(view.datamodel.obj.__tablename__)
