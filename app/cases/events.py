"""Groups of event kinds, by which the timeline is filtered."""

from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases.enums import EventKind

_K = EventKind
EVENT_GROUPS: dict[str, tuple[Any, frozenset[EventKind]]] = {
    "services": (_l("Services"), frozenset({_K.service_given, _K.service_corrected})),
    "notes": (_l("Notes"), frozenset({_K.note_added, _K.note_corrected})),
    "follow_ups": (
        _l("Follow-ups"),
        frozenset({_K.follow_up_set, _K.follow_up_done, _K.follow_up_cancelled, _K.follow_ups_handed_over}),
    ),
    "process": (
        _l("Stage and status"),
        frozenset({_K.case_opened, _K.stage_moved, _K.case_held, _K.case_resumed, _K.case_closed})
        | {_K.case_reopened, _K.case_updated, _K.confidentiality_raised, _K.confidentiality_lowered},
    ),
    "plan": (
        _l("Assessments and goals"),
        frozenset({_K.assessment_added, _K.goal_set, _K.goal_evaluated}),
    ),
    "people": (
        _l("People and team"),
        frozenset({_K.person_added, _K.person_changed, _K.team_joined, _K.worker_assigned})
        | {_K.client_details_changed, _K.consent_given, _K.consent_withdrawn}
        | {_K.emergency_access_opened, _K.account_changed},
    ),
    "reports": (_l("Reports"), frozenset({_K.report_joined, _K.violence_reported})),
    "files": (_l("Files"), frozenset({_K.attachment_added})),
    "referrals": (_l("Referrals"), frozenset(kind for kind in _K if kind.name.startswith("referral_"))),
    "money": (
        _l("Money and aid"),
        frozenset(
            kind for kind in _K if kind.name.startswith(("commitment_", "expenditure_", "evidence_", "aid_"))
        ),
    ),
    "corrections": (_l("Corrections"), frozenset({_K.service_corrected, _K.note_corrected})),
}
"""Code of a group -> its label and its event kinds; a kind may be in several groups."""
