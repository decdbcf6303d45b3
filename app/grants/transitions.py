"""States and transitions of grants and money entries, and the sentences of their case events."""

import enum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.core.transitions import Transition
from app.db.types import badge_tones
from app.grants.event_types import (
    COMMITMENT_RELEASED,
    EVIDENCE_ATTACHED,
    EXPENDITURE_APPROVED,
    EXPENDITURE_PROPOSED,
    EXPENDITURE_REJECTED,
    EXPENDITURE_REVERSED,
)


@badge_tones(
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
    """Progress of a grant from proposal to closed books."""

    proposed = lazy_pgettext("grant state", "Proposed")
    budgeted = lazy_pgettext("grant state", "Budgeted")
    disbursed = lazy_pgettext("grant state", "Disbursed")
    absorbed = lazy_pgettext("grant state", "Absorbed")
    accounted = lazy_pgettext("grant state", "Accounted for")
    closed = lazy_pgettext("grant state", "Closed")
    rejected = lazy_pgettext("grant state", "Rejected")
    unrealised = lazy_pgettext("grant state", "Not realised (SiLPA)")


@badge_tones(open="wait", spent="ok", released="plain")
class CommitmentState(enum.Enum):
    """Whether a commitment still holds money back."""

    open = lazy_pgettext("commitment", "Open")
    spent = lazy_pgettext("commitment", "Spent")
    released = lazy_pgettext("commitment", "Released")


@badge_tones(proposed="wait", approved="ok", rejected="bad", reversed="plain")
class ExpenditureState(enum.Enum):
    """Outcome of a proposal to spend."""

    proposed = lazy_pgettext("expenditure", "Proposed")
    approved = lazy_pgettext("expenditure", "Approved")
    rejected = lazy_pgettext("expenditure", "Rejected")
    reversed = lazy_pgettext("expenditure", "Reversed")


def _build_transition(
    name: str, label: Any, sources: str, target: str | None, *required: str, **more: Any
) -> Transition:
    arguments = {"fields": required, "required": required, **more}
    return Transition(name, label, sources=tuple(sources.split()), target=target, **arguments)


GRANT_TRANSITIONS = (
    _build_transition(
        "budget", _l("Enter in the budget"), "proposed", "budgeted", "document_number", tone="primary"
    ),
    _build_transition(
        "disburse",
        _l("Record a disbursement"),
        "budgeted disbursed",
        "disbursed",
        fields=("amount", "disbursed_on", "disbursement_number", "late_reason"),
        required=("disbursed_on",),
        tone="primary",
    ),
    _build_transition(
        "absorb",
        _l("Spending is complete"),
        "budgeted disbursed",
        "absorbed",
        confirm=_l("Nothing more will be spent from this grant?"),
    ),
    _build_transition(
        "account",
        _l("Hand in the LPJ"),
        "absorbed",
        "accounted",
        "report_number",
        "accounted_on",
        tone="primary",
    ),
    _build_transition(
        "close",
        _l("Close the grant"),
        "accounted",
        "closed",
        confirm=_l("A closed grant can only be read. Close it?"),
    ),
    _build_transition("reject", _l("Record the rejection"), "proposed", "rejected", "reason", tone="danger"),
    _build_transition(
        "lapse", _l("Record as not realised"), "budgeted disbursed", "unrealised", "reason", tone="danger"
    ),
)

DISBURSEMENT_TRANSITIONS = (
    Transition("reverse", _l("Reverse"), fields=("reason",), required=("reason",), tone="danger"),
)

COMMITMENT_TRANSITIONS = (
    _build_transition(
        "spend",
        _l("Spend from it"),
        "open",
        "spent",
        "amount",
        "description",
        fields=("amount", "spent_on", "description", "late_reason"),
        event=EXPENDITURE_PROPOSED,
        tone="primary",
        prefill=lambda item: {"amount": item.amount, "description": item.description},
    ),
    _build_transition("release", _l("Release"), "open", "released", "reason", event=COMMITMENT_RELEASED),
)

EXPENDITURE_TRANSITIONS = (
    _build_transition(
        "approve",
        _l("Approve"),
        "proposed",
        "approved",
        event=EXPENDITURE_APPROVED,
        tone="primary",
    ),
    _build_transition(
        "evidence",
        _l("Attach the evidence"),
        "approved",
        None,
        "evidence",
        "evidence_number",
        "evidence_on",
        event=EVIDENCE_ATTACHED,
        tone="primary",
    ),
    _build_transition(
        "reject", _l("Reject"), "proposed", "rejected", "reason", event=EXPENDITURE_REJECTED, tone="danger"
    ),
    _build_transition(
        "reverse",
        _l("Reverse"),
        "approved",
        "reversed",
        "reason",
        event=EXPENDITURE_REVERSED,
        tone="danger",
    ),
)
