"""Rows of notices for templates, with a link if the user may still see the record."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import url_for

from app.admin import registry
from app.admin.permissions import can
from app.core import formats
from app.core.actor import Actor
from app.notices.models import Notice


class NoticeRow(NamedTuple):
    """One row of the notices on the first page."""

    id: int
    version: int
    sentence: Any
    when: str
    title: str
    """Kind of the record; only the record's own page says which one it is."""
    url: str
    """URL of the record's page; empty if the user's role has none."""


def build_notice_rows(notices: Sequence[Notice]) -> list[NoticeRow]:
    """Build the rows of notices that `NoticePolicy` has selected for the current user."""
    return [_build_row(notice) for notice in notices]


def build_record_link(notice: Notice, user: Actor) -> dict[str, Any]:  # noqa: ARG001  the registry knows the user
    """Return `record` for the detail page: label and URL, or None if the user may not see it."""
    view = _get_readable_view(notice.entity)
    (record,) = (view.visible_items([notice.entity_id]) if view is not None else None) or (None,)
    return {"record": (view.option_text(record), _build_row(notice).url) if record is not None else None}


def _get_readable_view(table: str) -> Any:
    """Return the table's view if the current user's role may open its detail pages, else None."""
    view = registry.find_view_by_table(table)
    return view if view is not None and can(view, "show") else None


def _build_row(notice: Notice) -> NoticeRow:
    view = _get_readable_view(notice.entity)
    title, url = ("", "") if view is None else (str(view.show_title), _build_record_url(view, notice))
    return NoticeRow(
        notice.id, notice.version, notice.sentence, formats.format_instant(notice.created_at), title, url
    )


def _build_record_url(view: Any, notice: Notice) -> str:
    return url_for(f"{view.endpoint}.show", pk=notice.entity_id)
