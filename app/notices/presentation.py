"""Notices as pages show them, each with a link where its user may still see the record."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import url_for

from app.admin import registry
from app.admin.permissions import can
from app.core import formats
from app.core.actor import Actor
from app.notices.models import Notice


class NoticeRow(NamedTuple):
    """One notice of the strip."""

    id: int
    version: int
    sentence: Any
    when: str
    title: str
    """What the record is; which one it is stands on its own page."""
    url: str
    """The record's page; empty where the user's role has none."""


def build_notice_rows(notices: Sequence[Notice]) -> list[NoticeRow]:
    """Make the rows of notices that the present user sees; `policy.own_notices` asked for their records."""
    return [_build_row(one) for one in notices]


def build_record_link(notice: Notice, user: Actor) -> dict[str, Any]:  # noqa: ARG001  the registry knows the user
    """Return what the notice's own page shows beside its facts."""
    view = _get_readable_view(notice.entity)
    (record,) = (view.visible_items([notice.entity_id]) if view is not None else None) or (None,)
    return {"record": (view.option_text(record), _build_row(notice).url) if record is not None else None}


def _get_readable_view(table: str) -> Any:
    """Return the view of the table whose records' pages the present user's role may open, or None."""
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
