"""Corrections of an entry as HTML, and the panel that says whom to ask about a client's limited case."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from app.cases.models.process import EntryCorrection
from app.cases.queries import list_restricting_cases
from app.clients.models.client import Client
from app.core.actor import Actor
from app.core.formats import EMPTY_VALUE, format_instant


def build_limited_case_panel(client: Client, user: Actor) -> Sequence[tuple[Any, Any]]:
    """Return whom to ask about the client's limited cases; empty if the user reads the details."""
    cases = list_restricting_cases(client, user)
    if not cases:
        return []
    people = [[case.worker] if case.worker is not None else case.team for case in cases]
    names = dict.fromkeys(person.full_name for members in people for person in members)
    return [
        (
            _("Known to the office"),
            _("The team of a limited case reads contact, address, family and consents."),
        ),
        (_("Whom to ask"), ", ".join(names) or _("the administrator")),
    ]


def render_corrections(corrections: Iterable[EntryCorrection]) -> Markup:
    """Render old and new text, author, time and reason of each correction."""
    return Markup("<br>").join(map(_render_correction, corrections))


def _render_correction(correction: EntryCorrection) -> Markup:
    author_and_time = f"{correction.author or EMPTY_VALUE}, {format_instant(correction.created_at)}"
    html = Markup("<del>{}</del> <ins>{}</ins><br><small>{}</small>").format(
        correction.old_text or EMPTY_VALUE, correction.new_text or EMPTY_VALUE, author_and_time
    )
    reason = correction.reason
    return html if reason is None else html + Markup("<br><small>{}</small>").format(reason)
