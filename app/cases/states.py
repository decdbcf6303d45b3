"""Where a report, a case and a follow-up may stand, the moves between, and what the timeline can tell."""

import enum
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases.choices import NEW_CLIENT_FIELDS as NEW_CLIENT_FIELDS
from app.cases.choices import ActorKind as ActorKind
from app.cases.choices import CaseStage as CaseStage
from app.cases.choices import CaseStatus as CaseStatus
from app.cases.choices import ClosingReason, GoalResult, PersonRole, Place, RiskLevel, ServiceKind
from app.cases.choices import EventKind as EventKind
from app.cases.choices import FollowUpState as FollowUpState
from app.cases.choices import ReportState as ReportState
from app.clients.choices import PERSONAL_DETAILS, ConsentPurpose
from app.core.display import rupiah
from app.core.moves import Move
from app.reference.choices import Confidentiality
from app.security.choices import AccountChange

OPEN_STATUSES = ("active", "on_hold", "aftercare")
"""A case in one of these is open."""

REPORT_MOVES = (
    Move(
        "take_up",
        _l("Take up"),
        sources=("new",),
        target="taken_up",
        asks=("client", "case", *NEW_CLIENT_FIELDS, "focus", "primary_category"),
        event="case_opened",
        tone="primary",
    ),
    Move(
        "dismiss",
        _l("Dismiss"),
        sources=("new",),
        target="dismissed",
        asks=("dismissed_reason",),
        needs=("dismissed_reason",),
    ),
)


def _case_move(name: str, label: Any, event: str, *needs: str, **more: Any) -> Move:
    row = {"sources": OPEN_STATUSES, "column": "status", "asks": needs, "needs": needs, **more}
    return Move(name, label, event=event, **row)


_NOT_LAST = {"stage": tuple(stage.name for stage in CaseStage if stage is not CaseStage.aftercare)}

CASE_MOVES = (
    _case_move("join", _l("Join the team"), "team_joined", tone="primary"),
    _case_move(
        "advance", _l("Go on to the next stage"), "stage_moved", at_times=("aftercare",), also=_NOT_LAST
    ),
    _case_move(
        "reopen", _l("Reopen"), "case_reopened", "stage", "reason", sources=("closed",), target="active"
    ),
    _case_move("resume", _l("Resume work"), "case_resumed", sources=("on_hold",), target="active"),
    _case_move(
        "step_back",
        _l("Go back a stage"),
        "stage_moved",
        "stage",
        "reason",
        also={"stage": ("evaluation",)},
    ),
    _case_move(
        "close", _l("Close the case"), "case_closed", "closing_reason", "closing_summary", target="closed"
    ),
    _case_move("take", _l("Take this case"), "worker_assigned"),
    _case_move("assign", _l("Assign"), "worker_assigned", "worker", "reason"),
    _case_move(
        "hold", _l("Put on hold"), "case_held", "reason", "until", sources=("active",), target="on_hold"
    ),
    _case_move(
        "skip",
        _l("Skip stages"),
        "stage_moved",
        "stage",
        "reason",
        at_times=("aftercare",),
        also=_NOT_LAST,
    ),
    _case_move("police_report", _l("Record the police report"), "violence_reported", "police_report_number"),
    _case_move(
        "raise_confidentiality",
        _l("Raise confidentiality"),
        "confidentiality_raised",
        "confidentiality",
        "reason",
        sources=(),
    ),
    _case_move(
        "lower_confidentiality",
        _l("Lower confidentiality"),
        "confidentiality_lowered",
        "confidentiality",
        "reason",
        sources=(),
        tone="danger",
    ),
)

STEP_BACK_STAGES = (CaseStage.assessment, CaseStage.planning, CaseStage.intervention)
"""Where an evaluation may lead back to: loops are normal."""

GOAL_MOVES = (
    Move(
        "evaluate",
        _l("Say what was reached"),
        asks=("result", "result_note"),
        needs=("result",),
        event="goal_evaluated",
        tone="primary",
    ),
)


def _correct(*texts: str) -> Move:
    return Move(
        "correct",
        _l("Correct"),
        asks=(*texts, "reason"),
        needs=texts[:1],
        prefill=lambda entry: {name: entry.current(name) for name in texts},
    )


SERVICE_MOVES = (_correct("narrative", "outcome"),)
NOTE_MOVES = (_correct("text"),)

FOLLOW_UP_MOVES = (
    Move(
        "done",
        _l("Mark as done"),
        sources=("open",),
        target="done",
        asks=("result",),
        needs=("result",),
        event="follow_up_done",
        tone="primary",
    ),
    Move(
        "cancel",
        _l("Cancel this follow-up"),
        sources=("open",),
        target="cancelled",
        asks=("reason",),
        needs=("reason",),
        event="follow_up_cancelled",
    ),
)


EMERGENCY_MOVES = (
    Move(
        "close",
        _l("Close now"),
        sources=("open",),
        target="closed",
        confirm=_l("The case is hidden again at once. Close it?"),
        tone="primary",
    ),
)


SENTENCES: dict[EventKind, Any] = {
    EventKind.case_opened: _l("Case %(number)s was opened."),
    EventKind.person_added: _l("A person was added: %(role)s."),
    EventKind.client_details_changed: _l("Details of a client were changed: %(columns)s."),
    EventKind.consent_given: _l("A consent was given: %(consent)s."),
    EventKind.account_changed: _l("The account of a team member was changed: %(change)s."),
    EventKind.confidentiality_raised: _l("Confidentiality was raised to “%(confidentiality)s”."),
    EventKind.confidentiality_lowered: _l("Confidentiality was lowered to “%(confidentiality)s”."),
    EventKind.service_given: _l("A service was given: %(service)s."),
    EventKind.stage_moved: _l("The stage changed from “%(previous)s” to “%(stage)s”."),
    EventKind.case_closed: _l("The case was closed: %(closing_reason)s."),
    EventKind.emergency_access_opened: _l("Somebody who is not on the team opened this case for one hour."),
    EventKind.case_reopened: _l("The case was reopened in the stage “%(stage)s”."),
    EventKind.assessment_added: _l("An assessment was finished: %(score)s of 100, risk: %(risk_level)s."),
    EventKind.goal_evaluated: _l("A goal was evaluated: %(result)s."),
    EventKind.consent_withdrawn: _l("The client withdrew the consent: %(consent)s."),
}
"""What an event of this kind says, filled from its payload; a kind that is not here says its label.

A room above adds the sentences of its own kinds, and to `WORDS` the codes that they hold."""

SKIPPED = _l("The stage changed from “%(previous)s” to “%(stage)s”; skipped: %(skipped)s.")
"""What a move says that left stages out."""
RAISED_BY_LABELS = {
    EventKind.case_opened: _l(
        "Case %(number)s was opened; a problem or category chosen made it “%(confidentiality)s”."
    ),
    EventKind.case_updated: _l(
        "The case record was changed; a problem or category chosen made the case “%(confidentiality)s”."
    ),
}
"""What these say where a problem or category raised the tier, which nobody asked for."""
SERVICE_REFUSED = _l(
    "The client withdrew the consent to our service. No new service, aid or referral begins without a new"
    " consent or a basis in the law; what was done until then stays recorded."
)
"""What the withdrawal of the consent to service means for the work."""

WORDS: dict[str, type[enum.Enum]] = {
    "role": PersonRole,
    "consent": ConsentPurpose,
    "service": ServiceKind,
    "place": Place,
    "change": AccountChange,
    "confidentiality": Confidentiality,
    "stage": CaseStage,
    "previous": CaseStage,
    "closing_reason": ClosingReason,
    "risk_level": RiskLevel,
    "result": GoalResult,
}
"""Payload keys that hold a code: the sentence says its label."""


def tell(kind: EventKind, data: Mapping[str, Any] | None) -> str:
    """Say an event in the reader's language; of an erased one only what kind it was."""
    if not data or (kind not in SENTENCES and kind not in RAISED_BY_LABELS):
        return str(kind.value)
    words = {key: _label(key, value) for key, value in data.items()}
    return str(_sentence(kind, data)) % words


def _sentence(kind: EventKind, data: Mapping[str, Any]) -> Any:
    if data.get("skipped"):
        return SKIPPED
    if data.get("confidentiality") and kind in RAISED_BY_LABELS:
        return RAISED_BY_LABELS[kind]
    if data.get("consent") == ConsentPurpose.service.name:
        return SERVICE_REFUSED
    return SENTENCES.get(kind, kind.value)


def _label(key: str, value: Any) -> Any:
    if key == "skipped":
        return ", ".join(str(CaseStage[code].value) for code in value)
    if key == "columns":
        return ", ".join(dict.fromkeys(str(PERSONAL_DETAILS[code]) for code in value))
    if key == "amount":
        return rupiah(value)
    return str(WORDS[key][value].value) if key in WORDS else value
