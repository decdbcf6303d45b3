"""The life of a grant. Its moves lead as far as the budget; the rest come with spending."""

import enum

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.core.moves import Move
from app.core.types import toned


@toned(
    proposed="plain",
    budgeted="info",
    disbursed="info",
    absorbed="ok",
    accounted="ok",
    closed="plain",
    rejected="bad",
    unrealised="bad",
)
class GrantState(enum.Enum):
    """How far the money has come."""

    proposed = lazy_pgettext("grant state", "Proposed")
    budgeted = lazy_pgettext("grant state", "Budgeted")
    disbursed = lazy_pgettext("grant state", "Disbursed")
    absorbed = lazy_pgettext("grant state", "Absorbed")
    accounted = lazy_pgettext("grant state", "Accounted for")
    closed = lazy_pgettext("grant state", "Closed")
    rejected = lazy_pgettext("grant state", "Rejected")
    unrealised = lazy_pgettext("grant state", "Not realised (SiLPA)")


GRANT_MOVES = (
    Move(
        "budget",
        _l("Enter in the budget"),
        sources=("proposed",),
        target="budgeted",
        asks=("document_number",),
        needs=("document_number",),
        tone="primary",
    ),
    Move(
        "reject",
        _l("Record the rejection"),
        sources=("proposed",),
        target="rejected",
        asks=("reason",),
        needs=("reason",),
        tone="danger",
    ),
    Move(
        "lapse",
        _l("Record as not realised"),
        sources=("budgeted",),
        target="unrealised",
        asks=("reason",),
        needs=("reason",),
        tone="danger",
    ),
)
