"""PDF for the person whom a record is about: who read and changed it."""

from collections.abc import Iterator

from flask_babel import force_locale
from flask_babel import gettext as _

from app.admin.registry import find_view_by_table
from app.audit import presentation
from app.audit.enums import READ_ACTIONS
from app.audit.models import AuditEntry
from app.audit.queries import list_entries_about
from app.core import clock, formats, pdf

MAX_READERS_ROWS = 2_000
"""Rows of one PDF, the newest ones; a sentence above the table says when there are more."""


def build_readers_pdf(table: str, key: int) -> bytes | None:
    """Build the PDF of the audit entries about one record, newest first; None if the user may not see it.

    The PDF is handed to the person whom the record is about. It says who did what and when, but shows no
    values.
    """
    view = find_view_by_table(table)
    items = view.visible_items([key]) if view is not None else []
    if view is None or not items:
        return None
    entries = list_entries_about(table, key, MAX_READERS_ROWS + 1)
    with force_locale("id"):
        truncation_note = _(
            "These are the newest %(count)s lines; there are older ones.", count=MAX_READERS_ROWS
        )
        data = {
            "title": _("Who has seen and changed the data"),
            "record": f"{presentation.get_entity_label(table).striptags()}: {view.option_text(items[0])}",
            "made": _("Made on %(moment)s", moment=formats.format_long_instant(clock.now())),
            "more": truncation_note if len(entries) > MAX_READERS_ROWS else "",
            "heads": [_("Time"), _("Who"), _("What was done"), _("Page or data")],
            "rows": list(_build_rows(entries[:MAX_READERS_ROWS])),
        }
        return pdf.compile_pdf("audit/readers.typ", data)


def _build_rows(entries: list[AuditEntry]) -> Iterator[list[str]]:
    for entry in entries:
        description = (
            presentation.render_access(entry.entity, entry.changes)
            if entry.action in READ_ACTIONS
            else presentation.render_changed_columns(entry.entity, entry.changed)
        )
        yield [
            formats.format_instant(entry.at),
            entry.actor_name or formats.EMPTY_VALUE,
            str(entry.action.value),
            description.striptags(),
        ]
