"""Where a report, a case and a follow-up may stand, the moves between, and what the timeline can tell."""

import enum
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.cases.choices import PersonRole, Place, ServiceKind
from app.core.moves import Move
from app.core.types import toned
from app.reference.choices import Confidentiality


@toned(new="wait", taken_up="ok", dismissed="plain")
class ReportState(enum.Enum):
    """What became of an incoming report."""

    new = lazy_pgettext("incoming report", "New")
    taken_up = lazy_pgettext("incoming report", "Taken up")
    dismissed = lazy_pgettext("incoming report", "Dismissed")


class CaseStage(enum.Enum):
    """How far the work with the client has come."""

    engagement = lazy_pgettext("case stage", "Engagement")
    contract = lazy_pgettext("case stage", "Service contract")
    assessment = lazy_pgettext("case stage", "Assessment")
    planning = lazy_pgettext("case stage", "Planning")
    intervention = lazy_pgettext("case stage", "Intervention")
    evaluation = lazy_pgettext("case stage", "Evaluation")
    termination = lazy_pgettext("case stage", "Termination")
    aftercare = lazy_pgettext("case stage", "Aftercare")


@toned(active="ok", on_hold="wait", aftercare="info", closed="plain")
class CaseStatus(enum.Enum):
    """Whether somebody works on the case."""

    active = lazy_pgettext("case status", "Active")
    on_hold = lazy_pgettext("case status", "On hold")
    aftercare = lazy_pgettext("case status", "Aftercare")
    closed = lazy_pgettext("case status", "Closed")


@toned(open="info", done="ok", cancelled="plain")
class FollowUpState(enum.Enum):
    """Whether a follow-up still waits; computed from its instants."""

    open = lazy_pgettext("follow-up", "Open")
    done = lazy_pgettext("follow-up", "Done")
    cancelled = lazy_pgettext("follow-up", "Cancelled")


OPEN_STATUSES = ("active", "on_hold", "aftercare")
"""A case in one of these is open."""

NEW_CLIENT_FIELDS = (
    "name",
    "alias",
    "sex",
    "birth_date",
    "birth_date_precision",
    "phone",
    "kelurahan",
    "address",
    "nik",
    "nik_note",
    "identity_status",
    "no_nik_reason",
)
"""What a form asks about a client who is not in the portal yet; the rest is for the client's own page."""

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


def _case_move(name: str, label: Any, event: str, **more: Any) -> Move:
    return Move(name, label, sources=OPEN_STATUSES, column="status", event=event, **more)


CASE_MOVES = (
    _case_move("join", _l("Join the team"), "team_joined", tone="primary"),
    _case_move("take", _l("Take this case"), "worker_assigned"),
    _case_move(
        "assign", _l("Assign"), "worker_assigned", asks=("worker", "reason"), needs=("worker", "reason")
    ),
    _case_move(
        "raise_confidentiality",
        _l("Raise confidentiality"),
        "confidentiality_raised",
        asks=("confidentiality", "reason"),
        needs=("confidentiality", "reason"),
    ),
    _case_move(
        "lower_confidentiality",
        _l("Lower confidentiality"),
        "confidentiality_lowered",
        asks=("confidentiality", "reason"),
        needs=("confidentiality", "reason"),
        tone="danger",
    ),
)

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


class ActorKind(enum.Enum):
    """Who did what an event or an audit row tells."""

    user = lazy_pgettext("actor", "User")
    partner_link = lazy_pgettext("actor", "Partner")
    system = lazy_pgettext("actor", "Siaga")


class EventKind(enum.Enum):
    """What can be told on a timeline: one member per kind, its short label as value."""

    case_opened = lazy_pgettext("event", "Case opened")
    case_updated = lazy_pgettext("event", "Case record changed")
    report_joined = lazy_pgettext("event", "Report added")
    person_added = lazy_pgettext("event", "Person added")
    person_changed = lazy_pgettext("event", "Person changed")
    team_joined = lazy_pgettext("event", "Colleague joined")
    worker_assigned = lazy_pgettext("event", "Peksos assigned")
    confidentiality_raised = lazy_pgettext("event", "Confidentiality raised")
    confidentiality_lowered = lazy_pgettext("event", "Confidentiality lowered")
    service_given = lazy_pgettext("event", "Service given")
    note_added = lazy_pgettext("event", "Note added")
    follow_up_set = lazy_pgettext("event", "Follow-up set")
    follow_up_done = lazy_pgettext("event", "Follow-up done")
    follow_up_cancelled = lazy_pgettext("event", "Follow-up cancelled")
    attachment_added = lazy_pgettext("event", "File attached")


SENTENCES: dict[EventKind, Any] = {
    EventKind.case_opened: _l("Case %(number)s was opened."),
    EventKind.person_added: _l("A person was added: %(role)s."),
    EventKind.confidentiality_raised: _l("Confidentiality was raised to “%(confidentiality)s”."),
    EventKind.confidentiality_lowered: _l("Confidentiality was lowered to “%(confidentiality)s”."),
    EventKind.service_given: _l("A service was given: %(service)s."),
}
"""What an event of this kind says, filled from its payload; a kind that is not here says its label."""

_WORDS: dict[str, type[enum.Enum]] = {
    "role": PersonRole,
    "service": ServiceKind,
    "place": Place,
    "confidentiality": Confidentiality,
}
"""Payload keys that hold a code: the sentence says its label."""


def tell(kind: EventKind, data: Mapping[str, Any] | None) -> str:
    """Say an event in the reader's language; of an erased one only what kind it was."""
    if not data or kind not in SENTENCES:
        return str(kind.value)
    words = {key: str(_WORDS[key][value].value) if key in _WORDS else value for key, value in data.items()}
    return str(SENTENCES[kind]) % words
