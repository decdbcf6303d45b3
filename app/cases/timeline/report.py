"""Progress report of a case: the whole timeline as data for the printed page."""

from itertools import groupby
from typing import Any

from flask_babel import gettext as _

from app.cases.timeline import query
from app.cases.timeline.query import TimelineHeader, TimelineItem, TimelineQuery
from app.core import clock, formats
from app.core.actor import Actor
from app.db.masking import mask_for
from app.reference.services import get_office_setting


def build_progress_report(
    header: TimelineHeader, timeline_query: TimelineQuery, user: Actor
) -> dict[str, Any]:
    """Return all entries that the reader asked for, however long the case is."""
    open_follow_ups = query.get_open_follow_ups(header.case, timeline_query, limit=None)
    groups = [
        {"title": title, "items": [_format_follow_up(follow_up, user) for follow_up in entries]}
        for title, entries in (
            (_("Overdue"), open_follow_ups.overdue),
            (_("Planned"), open_follow_ups.planned),
        )
        if entries
    ]
    for month, parts in groupby(query.iterate_months(header.case, timeline_query), lambda part: part[0]):
        items = [_format_item(item, user) for _month, entries in parts for item in entries]
        groups.append({"title": formats.format_month(month), "items": items})
    office = get_office_setting()
    return {
        "title": _("Case progress report"),
        "number": header.case.number,
        "letterhead": _list_office_lines(office, "parent_office", "office_name", "letterhead"),
        "signatory": _list_office_lines(office, "signatory_position", "signatory_name", "signatory_nip"),
        "facts": [
            [_("Case"), header.case.title],
            [_("Stage"), str(header.case.stage.value)],
            [_("Status"), str(header.case.status.value)],
            [_("Printed at"), formats.format_instant(clock.now())],
        ],
        "groups": groups,
        "note": "",
    }


def _list_office_lines(office: Any, *names: str) -> list[str]:
    if office is None:
        return []
    lines = [(getattr(office, name) or (office.address if name == "letterhead" else None)) for name in names]
    return [line for line in lines if line]


def _format_follow_up(follow_up: Any, user: Actor) -> dict[str, Any]:
    assignee = follow_up.assignee.full_name if follow_up.assignee else ""
    return {
        "when": formats.format_day(follow_up.due_on),
        "title": mask_for(user, follow_up.title),
        "by": assignee,
        "texts": [],
    }


def _format_item(item: TimelineItem, user: Actor) -> dict[str, Any]:
    author = item.event.actor_name or ""
    if item.is_recorded_late:
        author += " · " + _("recorded %(moment)s", moment=formats.format_instant(item.event.recorded_at))
    texts = [
        _("Before: %(old)s Now: %(new)s", old=change.old_text or "—", new=change.new_text or "—")
        for change in item.corrections
    ]
    if item.is_erased:
        texts = [_("The content was erased.")]
    elif not texts and item.text:
        texts = [item.text]
    when = formats.format_instant(item.event.occurred_at)
    return {
        "when": when,
        "title": mask_for(user, item.event.sentence),
        "by": author,
        "texts": [mask_for(user, text) for text in texts],
    }
