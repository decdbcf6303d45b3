"""States, transitions, turns and steps of a referral, and the timeline sentences of its events."""

from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases.enums import EventKind
from app.cases.transitions import EVENT_SENTENCES, PAYLOAD_ENUMS
from app.core.transitions import Transition
from app.referrals.enums import Outcome, ReferralState, Refusal, SharedField, Step, Turn

LIVE_STATES = ("draft", "sent", "accepted", "in_service", "completed")
"""States in which the referral is still open."""
STATES_WITH_PARTNER = ("sent", "accepted", "in_service")
"""States in which the partner must act next."""

TURN_BY_STATE: dict[ReferralState, Turn] = {
    ReferralState.draft: Turn.office,
    ReferralState.sent: Turn.partner,
    ReferralState.accepted: Turn.partner,
    ReferralState.in_service: Turn.partner,
    ReferralState.completed: Turn.office,
    ReferralState.closed: Turn.nobody,
    ReferralState.declined: Turn.office,
    ReferralState.cancelled: Turn.office,
}
"""State -> party that must act next."""

STEP_BY_STATE: dict[ReferralState, Step] = {
    ReferralState.sent: Step.answer,
    ReferralState.accepted: Step.start,
    ReferralState.in_service: Step.complete,
    ReferralState.completed: Step.confirm,
    ReferralState.declined: Step.refer_on,
}
"""State -> step whose time limit runs; in the other states no time limit runs."""

DEFAULT_SHARED_FIELDS = (SharedField.identity, SharedField.sex_and_age)
"""Fields that are ticked by default: a partner needs them; the user must decide on every other field."""

_RESPONDENT_FIELDS = ("answered_by", "answered_position", "told_how")

REFERRAL_TRANSITIONS = (
    Transition(
        "send",
        _l("Send to the partner"),
        sources=("draft",),
        target="sent",
        fields=("shared_fields", "legal_basis", "reason"),
        required=("shared_fields",),
        event="referral_sent",
        tone="primary",
        prefill=lambda referral: {"shared_fields": referral.ordered_shared_fields or DEFAULT_SHARED_FIELDS},
    ),
    Transition(
        "choose_partner",
        _l("Choose another partner"),
        sources=("draft",),
        fields=("partner",),
        required=("partner",),
        event="referral_changed",
    ),
    Transition(
        "accept",
        _l("Partner accepts"),
        sources=("sent",),
        target="accepted",
        fields=_RESPONDENT_FIELDS,
        required=("answered_by",),
        event="referral_accepted",
        tone="primary",
    ),
    Transition(
        "start",
        _l("Partner begins"),
        sources=("accepted",),
        target="in_service",
        fields=_RESPONDENT_FIELDS,
        event="referral_started",
        tone="primary",
    ),
    Transition(
        "complete",
        _l("Partner is done"),
        sources=("accepted", "in_service"),
        target="completed",
        fields=("completed_on", "result", *_RESPONDENT_FIELDS),
        required=("completed_on", "result"),
        event="referral_completed",
        tone="primary",
    ),
    Transition(
        "confirm",
        _l("Confirm with the client"),
        sources=("completed",),
        target="closed",
        fields=("outcome", "confirmed_how", "confirmed_by", "reason"),
        required=("outcome",),
        event="referral_confirmed",
        tone="primary",
    ),
    Transition(
        "dispute",
        _l("Client says it is not done"),
        sources=("completed",),
        target="in_service",
        fields=("reason",),
        required=("reason",),
        event="referral_disputed",
        confirm=_l("The partner reads the reason on its page: write no more than it needs to know."),
    ),
    Transition(
        "refer_on",
        _l("Refer on"),
        sources=("declined", "cancelled"),
        fields=("partner",),
        event="referral_drafted",
        tone="primary",
    ),
    Transition(
        "send_update",
        _l("Send an update"),
        sources=STATES_WITH_PARTNER,
        fields=("reason",),
        required=("reason",),
        event="referral_updated",
    ),
    Transition(
        "reply",
        _l("Write to the partner"),
        sources=STATES_WITH_PARTNER,
        fields=("reply",),
        required=("reply",),
        event="referral_answered",
    ),
    Transition(
        "ask_document",
        _l("Partner asks for a document"),
        sources=STATES_WITH_PARTNER,
        fields=("document", *_RESPONDENT_FIELDS),
        required=("document",),
        event="referral_asked",
    ),
    Transition(
        "decline",
        _l("Partner declines"),
        sources=("sent", "accepted"),
        target="declined",
        fields=("decline_reason", "declined_by", "note", "may_refer_again", *_RESPONDENT_FIELDS),
        required=("decline_reason", "declined_by"),
        event="referral_declined",
    ),
    Transition(
        "settle",
        _l("Leave it at that"),
        sources=("declined", "cancelled"),
        fields=("reason",),
        required=("reason",),
        event="referral_settled",
    ),
    Transition(
        "cancel",
        _l("Cancel this referral"),
        sources=("draft", "sent", "accepted", "in_service"),
        target="cancelled",
        fields=("reason",),
        required=("reason",),
        event="referral_cancelled",
        tone="danger",
    ),
)

DOCUMENT_TRANSITIONS = (
    Transition("attach", _l("Attach a file"), fields=("file",), required=("file",), tone="primary"),
    Transition("enclose", _l("Enclose on paper")),
    Transition("waive", _l("Waive"), fields=("waived_reason",), required=("waived_reason",)),
)

EVENT_SENTENCES.update(
    {
        EventKind.referral_drafted: _l("Referral %(number)s was drafted: %(need)s."),
        EventKind.referral_changed: _l("The draft of referral %(number)s was changed."),
        EventKind.referral_sent: _l("Referral %(number)s was sent: %(need)s."),
        EventKind.referral_updated: _l("Newer data of referral %(number)s were sent to the partner."),
        EventKind.referral_disclosed: _l(
            "What the partner of referral %(number)s sees was kept at an upgrade of the portal."
        ),
        EventKind.referral_accepted: _l("The partner accepted referral %(number)s: %(need)s."),
        EventKind.referral_declined: _l("Referral %(number)s was declined: %(decline_reason)s."),
        EventKind.referral_started: _l("The partner began with referral %(number)s: %(need)s."),
        EventKind.referral_completed: _l("The partner finished referral %(number)s: %(need)s."),
        EventKind.referral_confirmed: _l("Referral %(number)s was closed: %(outcome)s."),
        EventKind.referral_disputed: _l("The client says that referral %(number)s is not done yet."),
        EventKind.referral_cancelled: _l("Referral %(number)s was cancelled."),
        EventKind.referral_settled: _l("Referral %(number)s is not passed on."),
        EventKind.referral_overdue: _l("Referral %(number)s is overdue: %(step)s."),
        EventKind.referral_asked: _l("The partner asked for a document for referral %(number)s."),
        EventKind.referral_answered: _l("The office wrote to the partner about referral %(number)s."),
        EventKind.referral_link_made: _l("A link to referral %(number)s was made for the partner."),
        EventKind.referral_code_renewed: _l("A new code for the links to referral %(number)s was made."),
        EventKind.referral_link_opened: _l("The partner opened the link to referral %(number)s."),
        EventKind.referral_link_revoked: _l("The link to referral %(number)s no longer works."),
        EventKind.referral_links_closed: _l(
            "The links to referral %(number)s were closed because the partner was archived."
        ),
    }
)
_EVENT_DATA_ENUMS: dict[str, Any] = {"decline_reason": Refusal, "outcome": Outcome, "step": Step}
PAYLOAD_ENUMS.update(_EVENT_DATA_ENUMS)
