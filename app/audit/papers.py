"""The lines about one record on paper."""

from collections.abc import Iterator

from flask_babel import force_locale
from flask_babel import gettext as _

from app.audit import wording
from app.audit.choices import READING
from app.audit.models import AuditEntry
from app.audit.queries import entries_about
from app.core import clock, display, pdf
from app.core.registry import view_of_table

MOST_LINES = 2_000
"""Lines of one paper, the newest; the sentence above them says when there are more."""


def readers_paper(table: str, key: int) -> bytes | None:
    """Set who read, took along and changed a record, the newest first; None: the user does not see it.

    It is for the person whom the record is about: values are not told, only who, when and what.
    """
    view = view_of_table(table)
    found = view.visible_items([key]) if view is not None else []
    if view is None or not found:
        return None
    entries = entries_about(table, key, MOST_LINES + 1)
    with force_locale("id"):
        more = _("These are the newest %(count)s lines; there are older ones.", count=MOST_LINES)
        data = {
            "title": _("Who has seen and changed the data"),
            "record": f"{wording.entity(table).striptags()}: {view.option_text(found[0])}",
            "made": _("Made on %(moment)s", moment=display.long_moment(clock.now())),
            "more": more if len(entries) > MOST_LINES else "",
            "heads": [_("Time"), _("Who"), _("What was done"), _("Page or data")],
            "rows": list(_rows(entries[:MOST_LINES])),
        }
        return pdf.compile_pdf("audit/readers.typ", data)


def _rows(entries: list[AuditEntry]) -> Iterator[list[str]]:
    for entry in entries:
        told = (
            wording.reading(entry.entity, entry.changes)
            if entry.action in READING
            else wording.changed(entry.entity, entry.changed)
        )
        yield [
            display.moment(entry.at),
            entry.actor_name or display.UNKNOWN,
            str(entry.action.value),
            told.striptags(),
        ]
