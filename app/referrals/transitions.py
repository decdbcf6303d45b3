"""States, transitions, turns and steps of a referral, and the timeline sentences of its events."""

from flask_babel import lazy_gettext as _l

from app.core.transitions import Transition
from app.referrals.enums import ReferralState, SharedField, Step, Turn
from app.referrals.event_types import (
    REFERRAL_ACCEPTED,
    REFERRAL_ANSWERED,
    REFERRAL_CANCELLED,
    REFERRAL_CHANGED,
    REFERRAL_COMPLETED,
    REFERRAL_CONFIRMED,
    REFERRAL_DECLINED,
    REFERRAL_DISPUTED,
    REFERRAL_DOCUMENT_REQUESTED,
    REFERRAL_DRAFTED,
    REFERRAL_SENT,
    REFERRAL_SETTLED,
    REFERRAL_STARTED,
    REFERRAL_UPDATED,
)

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
        event=REFERRAL_SENT,
        tone="primary",
        prefill=lambda referral: {"shared_fields": referral.ordered_shared_fields or DEFAULT_SHARED_FIELDS},
    ),
    Transition(
        "choose_partner",
        _l("Choose another partner"),
        sources=("draft",),
        fields=("partner",),
        required=("partner",),
        event=REFERRAL_CHANGED,
    ),
    Transition(
        "accept",
        _l("Partner accepts"),
        sources=("sent",),
        target="accepted",
        fields=_RESPONDENT_FIELDS,
        required=("answered_by",),
        event=REFERRAL_ACCEPTED,
        tone="primary",
    ),
    Transition(
        "start",
        _l("Partner begins"),
        sources=("accepted",),
        target="in_service",
        fields=_RESPONDENT_FIELDS,
        event=REFERRAL_STARTED,
        tone="primary",
    ),
    Transition(
        "complete",
        _l("Partner is done"),
        sources=("accepted", "in_service"),
        target="completed",
        fields=("completed_on", "result", *_RESPONDENT_FIELDS),
        required=("completed_on", "result"),
        event=REFERRAL_COMPLETED,
        tone="primary",
    ),
    Transition(
        "confirm",
        _l("Confirm with the client"),
        sources=("completed",),
        target="closed",
        fields=("outcome", "confirmed_how", "confirmed_by", "reason"),
        required=("outcome",),
        event=REFERRAL_CONFIRMED,
        tone="primary",
    ),
    Transition(
        "dispute",
        _l("Client says it is not done"),
        sources=("completed",),
        target="in_service",
        fields=("reason",),
        required=("reason",),
        event=REFERRAL_DISPUTED,
        confirm=_l("The partner reads the reason on its page: write no more than it needs to know."),
    ),
    Transition(
        "refer_on",
        _l("Refer on"),
        sources=("declined", "cancelled"),
        fields=("partner",),
        event=REFERRAL_DRAFTED,
        tone="primary",
    ),
    Transition(
        "send_update",
        _l("Send an update"),
        sources=STATES_WITH_PARTNER,
        fields=("reason",),
        required=("reason",),
        event=REFERRAL_UPDATED,
    ),
    Transition(
        "reply",
        _l("Write to the partner"),
        sources=STATES_WITH_PARTNER,
        fields=("reply",),
        required=("reply",),
        event=REFERRAL_ANSWERED,
    ),
    Transition(
        "ask_document",
        _l("Partner asks for a document"),
        sources=STATES_WITH_PARTNER,
        fields=("document", *_RESPONDENT_FIELDS),
        required=("document",),
        event=REFERRAL_DOCUMENT_REQUESTED,
    ),
    Transition(
        "decline",
        _l("Partner declines"),
        sources=("sent", "accepted"),
        target="declined",
        fields=("decline_reason", "declined_by", "note", "may_refer_again", *_RESPONDENT_FIELDS),
        required=("decline_reason", "declined_by"),
        event=REFERRAL_DECLINED,
    ),
    Transition(
        "settle",
        _l("Leave it at that"),
        sources=("declined", "cancelled"),
        fields=("reason",),
        required=("reason",),
        event=REFERRAL_SETTLED,
    ),
    Transition(
        "cancel",
        _l("Cancel this referral"),
        sources=("draft", "sent", "accepted", "in_service"),
        target="cancelled",
        fields=("reason",),
        required=("reason",),
        event=REFERRAL_CANCELLED,
        tone="danger",
    ),
)

DOCUMENT_TRANSITIONS = (
    Transition("attach", _l("Attach a file"), fields=("file",), required=("file",), tone="primary"),
    Transition("enclose", _l("Enclose on paper")),
    Transition("waive", _l("Waive"), fields=("waived_reason",), required=("waived_reason",)),
)
