"""Handover note (BAST) of aid, as a PDF."""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from app.aid.models import Aid
from app.aid.transitions import AidKind, AidState
from app.core import clock, formats, pdf
from app.core.actor import Actor
from app.core.terbilang import spell_rupiah
from app.db.masking import mask_for
from app.grants.documents import get_letterhead_lines, get_signatory_lines


def build_handover_note(aid: Aid, user: Actor) -> bytes | None:
    """Render the note in the office's language, None before the handover.

    Numbers that the user may not read are masked.
    """
    if aid.state is not AidState.handed_over:
        return None
    with force_locale("id"):
        return pdf.compile_pdf("aid/handover.typ", _build_note_data(aid, user))


def _build_note_data(aid: Aid, user: Actor) -> dict[str, Any]:
    handed_over_at = (aid.handed_over_at or clock.now()).astimezone(clock.WITA)
    value = aid.value
    detail_rows = [
        (_("Kind"), str(aid.kind.value)),
        (_("Item"), mask_for(user, aid.item)),
        *([] if aid.kind is AidKind.cash else [(_("Quantity"), formats.format_number(aid.quantity))]),
        (_("Value"), formats.EMPTY_VALUE if value is None else formats.format_rupiah(value)),
        *([] if value is None else [(_("In words"), spell_rupiah(value))]),
        (_("From"), str(aid.giver)),
        (_("Case"), aid.case.number),
    ]
    return {
        "title": _("Handover certificate"),
        "number": _("Number: %(number)s", number=aid.handover_number),
        "letterhead": get_letterhead_lines(handed_over_at.date()),
        "opening": _(
            "On %(moment)s the following aid was handed over to the client:",
            moment=formats.format_long_instant(handed_over_at),
        ),
        "facts": detail_rows,
        "closing": _("Both sides sign that it was given and received whole and in good condition."),
        "parties": [
            {"title": _("Handed over by"), "name": aid.handed_over_by},
            {"title": _("Received by"), "name": mask_for(user, aid.received_by or "")},
        ],
        "known": {"title": _("Known by"), "lines": get_signatory_lines(handed_over_at.date())},
    }
