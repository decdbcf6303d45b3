"""Transitions of reports, cases and their entries, and the sentences of a case's events."""

from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases.enums import (
    NEW_CLIENT_FIELDS,
    CaseStage,
)
from app.cases.event_types import (
    CASE_CLOSED,
    CASE_OPENED,
    CASE_PUT_ON_HOLD,
    CASE_REOPENED,
    CASE_RESUMED,
    CONFIDENTIALITY_LOWERED,
    CONFIDENTIALITY_RAISED,
    FOLLOW_UP_CANCELLED,
    FOLLOW_UP_DONE,
    GOAL_EVALUATED,
    STAGE_MOVED,
    TEAM_JOINED,
    VIOLENCE_REPORTED,
    WORKER_ASSIGNED,
)
from app.cases.events import EventType
from app.core.transitions import Transition

OPEN_STATUSES = ("active", "on_hold", "aftercare")
"""Codes of the statuses in which a case is open."""

REPORT_TRANSITIONS = (
    Transition(
        "take_up",
        _l("Take up"),
        sources=("new",),
        target="taken_up",
        fields=("client", "case", *NEW_CLIENT_FIELDS, "focus", "primary_category"),
        event=CASE_OPENED,
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


def _build_case_transition(
    name: str, label: Any, event: EventType, *required: str, **options: Any
) -> Transition:
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
    _build_case_transition("join", _l("Join the team"), TEAM_JOINED, tone="primary"),
    _build_case_transition(
        "advance",
        _l("Go on to the next stage"),
        STAGE_MOVED,
        possible_targets=("aftercare",),
        also_requires=_ANY_STAGE_BUT_LAST,
    ),
    _build_case_transition(
        "reopen", _l("Reopen"), CASE_REOPENED, "stage", "reason", sources=("closed",), target="active"
    ),
    _build_case_transition("resume", _l("Resume work"), CASE_RESUMED, sources=("on_hold",), target="active"),
    _build_case_transition(
        "step_back",
        _l("Go back a stage"),
        STAGE_MOVED,
        "stage",
        "reason",
        also_requires={"stage": ("evaluation",)},
    ),
    _build_case_transition(
        "close", _l("Close the case"), CASE_CLOSED, "closing_reason", "closing_summary", target="closed"
    ),
    _build_case_transition("take", _l("Take this case"), WORKER_ASSIGNED),
    _build_case_transition("assign", _l("Assign"), WORKER_ASSIGNED, "worker", "reason"),
    _build_case_transition(
        "hold", _l("Put on hold"), CASE_PUT_ON_HOLD, "reason", "until", sources=("active",), target="on_hold"
    ),
    _build_case_transition(
        "skip",
        _l("Skip stages"),
        STAGE_MOVED,
        "stage",
        "reason",
        possible_targets=("aftercare",),
        also_requires=_ANY_STAGE_BUT_LAST,
    ),
    _build_case_transition(
        "police_report", _l("Record the police report"), VIOLENCE_REPORTED, "police_report_number"
    ),
    _build_case_transition(
        "raise_confidentiality",
        _l("Raise confidentiality"),
        CONFIDENTIALITY_RAISED,
        "confidentiality",
        "reason",
        sources=(),
    ),
    _build_case_transition(
        "lower_confidentiality",
        _l("Lower confidentiality"),
        CONFIDENTIALITY_LOWERED,
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
        event=GOAL_EVALUATED,
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
        event=FOLLOW_UP_DONE,
        tone="primary",
    ),
    Transition(
        "cancel",
        _l("Cancel this follow-up"),
        sources=("open",),
        target="cancelled",
        fields=("reason",),
        required=("reason",),
        event=FOLLOW_UP_CANCELLED,
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
