"""Transitions of reports, cases and their entries, and the sentences of a case's events."""

import enum
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases.enums import (
    NEW_CLIENT_FIELDS,
    CaseStage,
    ClosingReason,
    EventKind,
    GoalResult,
    PersonRole,
    Place,
    RiskLevel,
    ServiceKind,
)
from app.clients.enums import PERSONAL_DETAILS, ConsentPurpose
from app.core.formats import format_rupiah
from app.core.transitions import Transition
from app.reference.enums import Confidentiality
from app.security.enums import AccountChange

OPEN_STATUSES = ("active", "on_hold", "aftercare")
"""Codes of the statuses in which a case is open."""

REPORT_TRANSITIONS = (
    Transition(
        "take_up",
        _l("Take up"),
        sources=("new",),
        target="taken_up",
        fields=("client", "case", *NEW_CLIENT_FIELDS, "focus", "primary_category"),
        event="case_opened",
        tone="primary",
    ),
    Transition(
        "dismiss",
        _l("Dismiss"),
        sources=("new",),
        target="dismissed",
        fields=("dismissed_reason",),
        required=("dismissed_reason",),
    ),
)


def _build_case_transition(name: str, label: Any, event: str, *required: str, **options: Any) -> Transition:
    attributes = {
        "sources": OPEN_STATUSES,
        "column": "status",
        "fields": required,
        "required": required,
        **options,
    }
    return Transition(name, label, event=event, **attributes)


_ANY_STAGE_BUT_LAST = {"stage": tuple(stage.name for stage in CaseStage if stage is not CaseStage.aftercare)}

CASE_TRANSITIONS = (
    _build_case_transition("join", _l("Join the team"), "team_joined", tone="primary"),
    _build_case_transition(
        "advance",
        _l("Go on to the next stage"),
        "stage_moved",
        possible_targets=("aftercare",),
        also_requires=_ANY_STAGE_BUT_LAST,
    ),
    _build_case_transition(
        "reopen", _l("Reopen"), "case_reopened", "stage", "reason", sources=("closed",), target="active"
    ),
    _build_case_transition(
        "resume", _l("Resume work"), "case_resumed", sources=("on_hold",), target="active"
    ),
    _build_case_transition(
        "step_back",
        _l("Go back a stage"),
        "stage_moved",
        "stage",
        "reason",
        also_requires={"stage": ("evaluation",)},
    ),
    _build_case_transition(
        "close", _l("Close the case"), "case_closed", "closing_reason", "closing_summary", target="closed"
    ),
    _build_case_transition("take", _l("Take this case"), "worker_assigned"),
    _build_case_transition("assign", _l("Assign"), "worker_assigned", "worker", "reason"),
    _build_case_transition(
        "hold", _l("Put on hold"), "case_held", "reason", "until", sources=("active",), target="on_hold"
    ),
    _build_case_transition(
        "skip",
        _l("Skip stages"),
        "stage_moved",
        "stage",
        "reason",
        possible_targets=("aftercare",),
        also_requires=_ANY_STAGE_BUT_LAST,
    ),
    _build_case_transition(
        "police_report", _l("Record the police report"), "violence_reported", "police_report_number"
    ),
    _build_case_transition(
        "raise_confidentiality",
        _l("Raise confidentiality"),
        "confidentiality_raised",
        "confidentiality",
        "reason",
        sources=(),
    ),
    _build_case_transition(
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
"""Stages to which an evaluation may lead back: loops are normal."""

GOAL_TRANSITIONS = (
    Transition(
        "evaluate",
        _l("Say what was reached"),
        fields=("result", "result_note"),
        required=("result",),
        event="goal_evaluated",
        tone="primary",
    ),
)


def _build_correction_transition(*texts: str) -> Transition:
    return Transition(
        "correct",
        _l("Correct"),
        fields=(*texts, "reason"),
        required=texts[:1],
        prefill=lambda entry: {name: entry.get_current_text(name) for name in texts},
    )


SERVICE_TRANSITIONS = (_build_correction_transition("narrative", "outcome"),)
NOTE_TRANSITIONS = (_build_correction_transition("text"),)

FOLLOW_UP_TRANSITIONS = (
    Transition(
        "done",
        _l("Mark as done"),
        sources=("open",),
        target="done",
        fields=("result",),
        required=("result",),
        event="follow_up_done",
        tone="primary",
    ),
    Transition(
        "cancel",
        _l("Cancel this follow-up"),
        sources=("open",),
        target="cancelled",
        fields=("reason",),
        required=("reason",),
        event="follow_up_cancelled",
    ),
)


EMERGENCY_ACCESS_TRANSITIONS = (
    Transition(
        "close",
        _l("Close now"),
        sources=("open",),
        target="closed",
        confirm=_l("The case is hidden again at once. Close it?"),
        tone="primary",
    ),
)


EVENT_SENTENCES: dict[EventKind, Any] = {
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
"""Event kind -> sentence, filled from the payload; an event of another kind shows the kind's label.

Packages above add the sentences of their own kinds, and to `PAYLOAD_ENUMS` the codes that they hold.
"""

STAGES_SKIPPED_SENTENCE = _l("The stage changed from “%(previous)s” to “%(stage)s”; skipped: %(skipped)s.")
"""Sentence of a stage change that skipped stages."""
TIER_RAISED_SENTENCES = {
    EventKind.case_opened: _l(
        "Case %(number)s was opened; a problem or category chosen made it “%(confidentiality)s”."
    ),
    EventKind.case_updated: _l(
        "The case record was changed; a problem or category chosen made the case “%(confidentiality)s”."
    ),
}
"""Event kind -> sentence where a problem or category raised the tier, which nobody asked for."""
SERVICE_CONSENT_WITHDRAWN_SENTENCE = _l(
    "The client withdrew the consent to our service. No new service, aid or referral begins without a new"
    " consent or a basis in the law; what was done until then stays recorded."
)
"""What the withdrawal of the consent to service means for the work."""

PAYLOAD_ENUMS: dict[str, type[enum.Enum]] = {
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
"""Payload key that holds a code -> its enumeration; the sentence shows the label."""


def format_event(kind: EventKind, data: Mapping[str, Any] | None) -> str:
    """Return the event's sentence in the reader's language; of an erased one the label of its kind."""
    if not data or (kind not in EVENT_SENTENCES and kind not in TIER_RAISED_SENTENCES):
        return str(kind.value)
    texts = {key: _format_value(key, value) for key, value in data.items()}
    return str(_get_sentence(kind, data)) % texts


def _get_sentence(kind: EventKind, data: Mapping[str, Any]) -> Any:
    if data.get("skipped"):
        return STAGES_SKIPPED_SENTENCE
    if data.get("confidentiality") and kind in TIER_RAISED_SENTENCES:
        return TIER_RAISED_SENTENCES[kind]
    if kind is EventKind.consent_withdrawn and data["consent"] == ConsentPurpose.service.name:
        return SERVICE_CONSENT_WITHDRAWN_SENTENCE
    return EVENT_SENTENCES.get(kind, kind.value)


def _format_value(key: str, value: Any) -> Any:
    if key == "skipped":
        return ", ".join(str(CaseStage[code].value) for code in value)
    if key == "columns":
        return ", ".join(dict.fromkeys(str(PERSONAL_DETAILS[code]) for code in value))
    if key == "amount":
        return format_rupiah(value)
    return str(PAYLOAD_ENUMS[key][value].value) if key in PAYLOAD_ENUMS else value
