"""Notices as pages show them, each with a link where its user may still see the record."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import url_for

from app.core import display, registry
from app.core.actor import Actor
from app.core.views.guard import may
from app.notices.models import Notice


class NoticeRow(NamedTuple):
    """One notice of the strip."""

    id: int
    version: int
    sentence: Any
    when: str
    title: str
    """What the record is called; empty where it is not visible."""
    url: str


def notice_rows(notices: Sequence[Notice]) -> list[NoticeRow]:
    """Make the rows of these notices of the present user; one statement for each table they are about."""
    titles: dict[tuple[str, int], str] = {}
    for table in {one.entity for one in notices}:
        view = _readable_view(table)
        ids = [one.entity_id for one in notices if one.entity == table]
        for item in view.visible_items(ids) if view is not None else ():
            titles[table, item.id] = view.option_text(item)
    return [_row(one, titles.get((one.entity, one.entity_id), "")) for one in notices]


def record_link(notice: Notice, user: Actor) -> dict[str, Any]:  # noqa: ARG001  the registry knows the user
    """Return what the notice's own page shows beside its facts."""
    (row,) = notice_rows([notice])
    return {"record": (row.title, row.url) if row.title else None}


def _readable_view(table: str) -> Any:
    """Return the view of the table whose records' pages the present user's role may open, or None."""
    view = registry.view_of_table(table)
    return view if view is not None and may(view, "show") else None


def _row(notice: Notice, title: str) -> NoticeRow:
    view = registry.view_of_table(notice.entity) if title else None
    url = url_for(f"{view.endpoint}.show", pk=notice.entity_id) if view is not None else ""
    when = display.moment(notice.created_at)
    return NoticeRow(notice.id, notice.version, notice.sentence, when, title, url)
