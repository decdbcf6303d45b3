"""The handover note (BAST) on paper."""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from app.aid.models import Aid
from app.aid.states import AidKind
from app.core import clock, display, pdf
from app.core.actor import Actor
from app.core.masking import mask_for
from app.core.spelled import rupiah_in_words
from app.grants.letterhead import letterhead, signatory


def handover_note(aid: Aid, user: Actor) -> bytes:
    """Set the note in the language of the office, with the numbers that the user may read."""
    with force_locale("id"):
        return pdf.compile_pdf("aid/handover.typ", _note(aid, user))


def _note(aid: Aid, user: Actor) -> dict[str, Any]:
    handed = (aid.handed_over_at or clock.now()).astimezone(clock.WITA)
    value = aid.value
    facts = [
        (_("Kind"), str(aid.kind.value)),
        (_("Item"), mask_for(user, aid.item)),
        *([] if aid.kind is AidKind.cash else [(_("Quantity"), display.number(aid.quantity))]),
        (_("Value"), display.UNKNOWN if value is None else display.rupiah(value)),
        *([] if value is None else [(_("In words"), rupiah_in_words(value))]),
        (_("From"), str(aid.giver)),
        (_("Case"), aid.case.number),
    ]
    return {
        "title": _("Handover certificate"),
        "number": _("Number: %(number)s", number=aid.handover_number),
        "letterhead": letterhead(handed.date()),
        "opening": _(
            "On %(moment)s the following aid was handed over to the client:",
            moment=display.long_moment(handed),
        ),
        "facts": facts,
        "closing": _("Both sides sign that it was given and received whole and in good condition."),
        "parties": [
            {"title": _("Handed over by"), "name": aid.handed_over_by},
            {"title": _("Received by"), "name": mask_for(user, aid.received_by or "")},
        ],
        "known": {"title": _("Known by"), "lines": signatory(handed.date())},
    }
