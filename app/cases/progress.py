"""The progress report of a case: the whole stream as data for the printed page."""

from itertools import groupby
from typing import Any

from flask_babel import gettext as _

from app.cases import timeline
from app.cases.timeline import Ask, Head, Item
from app.core import clock, display
from app.core.actor import Actor
from app.core.masking import mask_for
from app.reference.services import office_on


def progress_report(head: Head, ask: Ask, user: Actor) -> dict[str, Any]:
    """Everything that the reader asked for, however long the case is."""
    ahead = timeline.ahead(head.case, ask, most=None)
    groups = [
        {"title": title, "items": [_promised(one, user) for one in those]}
        for title, those in ((_("Overdue"), ahead.overdue), (_("Planned"), ahead.planned))
        if those
    ]
    for month, parts in groupby(timeline.whole(head.case, ask), lambda part: part[0]):
        items = [_printed(item, user) for _month, those in parts for item in those]
        groups.append({"title": display.month(month), "items": items})
    office = office_on()
    return {
        "title": _("Case progress report"),
        "number": head.case.number,
        "letterhead": _lines(office, "parent_office", "office_name", "letterhead"),
        "signatory": _lines(office, "signatory_position", "signatory_name", "signatory_nip"),
        "facts": [
            [_("Case"), head.case.title],
            [_("Stage"), str(head.case.stage.value)],
            [_("Status"), str(head.case.status.value)],
            [_("Printed at"), display.moment(clock.now())],
        ],
        "groups": groups,
        "note": "",
    }


def _lines(office: Any, *names: str) -> list[str]:
    if office is None:
        return []
    found = [(getattr(office, name) or (office.address if name == "letterhead" else None)) for name in names]
    return [line for line in found if line]


def _promised(one: Any, user: Actor) -> dict[str, Any]:
    by = one.assignee.full_name if one.assignee else ""
    return {"when": display.day(one.due_on), "title": mask_for(user, one.title), "by": by, "texts": []}


def _printed(item: Item, user: Actor) -> dict[str, Any]:
    by = item.event.actor_name or ""
    if item.late:
        by += " · " + _("recorded %(moment)s", moment=display.moment(item.event.recorded_at))
    texts = [
        _("Before: %(old)s Now: %(new)s", old=one.old_text or "—", new=one.new_text or "—")
        for one in item.corrections
    ]
    if item.erased:
        texts = [_("The content was erased.")]
    elif not texts and item.text:
        texts = [item.text]
    when = display.moment(item.event.occurred_at)
    return {
        "when": when,
        "title": mask_for(user, item.event.sentence),
        "by": by,
        "texts": [mask_for(user, text) for text in texts],
    }
