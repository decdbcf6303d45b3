"""Where a referral may stand, the moves between, whose turn it is, and what the timeline tells of it."""

from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases.states import SENTENCES, WORDS, EventKind
from app.core.moves import Move
from app.referrals.choices import Outcome, Refusal, SharedField, Step, Turn
from app.referrals.choices import ReferralState as ReferralState

LIVE = ("draft", "sent", "accepted", "in_service", "completed")
"""The loop is not closed yet."""
WITH_PARTNER = ("sent", "accepted", "in_service")
"""The partner has it and must act next."""

TURN: dict[ReferralState, Turn] = {
    ReferralState.draft: Turn.office,
    ReferralState.sent: Turn.partner,
    ReferralState.accepted: Turn.partner,
    ReferralState.in_service: Turn.partner,
    ReferralState.completed: Turn.office,
    ReferralState.closed: Turn.nobody,
    ReferralState.declined: Turn.office,
    ReferralState.cancelled: Turn.office,
}
"""Who must act next, by state."""

CLOCK: dict[ReferralState, Step] = {
    ReferralState.sent: Step.answer,
    ReferralState.accepted: Step.start,
    ReferralState.in_service: Step.complete,
    ReferralState.completed: Step.confirm,
    ReferralState.declined: Step.refer_on,
}
"""What is waited for, by state; in the other states no clock runs."""

USUALLY_SHARED = (SharedField.identity, SharedField.sex_and_age)
"""What is ticked at first: a partner can do little without, everything else is a decision."""

_ANSWER = ("answered_by", "answered_position", "told_how")

REFERRAL_MOVES = (
    Move(
        "send",
        _l("Send to the partner"),
        sources=("draft",),
        target="sent",
        asks=("shared_fields", "legal_basis", "reason"),
        needs=("shared_fields",),
        event="referral_sent",
        tone="primary",
        prefill=lambda referral: {"shared_fields": referral.shared or USUALLY_SHARED},
    ),
    Move(
        "choose_partner",
        _l("Choose another partner"),
        sources=("draft",),
        asks=("partner",),
        needs=("partner",),
        event="referral_changed",
    ),
    Move(
        "accept",
        _l("Partner accepts"),
        sources=("sent",),
        target="accepted",
        asks=_ANSWER,
        needs=("answered_by",),
        event="referral_accepted",
        tone="primary",
    ),
    Move(
        "start",
        _l("Partner begins"),
        sources=("accepted",),
        target="in_service",
        asks=_ANSWER,
        event="referral_started",
        tone="primary",
    ),
    Move(
        "complete",
        _l("Partner is done"),
        sources=("accepted", "in_service"),
        target="completed",
        asks=("completed_on", "result", *_ANSWER),
        needs=("completed_on", "result"),
        event="referral_completed",
        tone="primary",
    ),
    Move(
        "confirm",
        _l("Confirm with the client"),
        sources=("completed",),
        target="closed",
        asks=("outcome", "confirmed_how", "confirmed_by", "reason"),
        needs=("outcome",),
        event="referral_confirmed",
        tone="primary",
    ),
    Move(
        "dispute",
        _l("Client says it is not done"),
        sources=("completed",),
        target="in_service",
        asks=("reason",),
        needs=("reason",),
        event="referral_disputed",
        confirm=_l("The partner reads the reason on its page: write no more than it needs to know."),
    ),
    Move(
        "refer_on",
        _l("Refer on"),
        sources=("declined", "cancelled"),
        asks=("partner",),
        event="referral_drafted",
        tone="primary",
    ),
    Move(
        "send_update",
        _l("Send an update"),
        sources=WITH_PARTNER,
        asks=("reason",),
        needs=("reason",),
        event="referral_updated",
    ),
    Move(
        "reply",
        _l("Write to the partner"),
        sources=WITH_PARTNER,
        asks=("reply",),
        needs=("reply",),
        event="referral_answered",
    ),
    Move(
        "ask_document",
        _l("Partner asks for a document"),
        sources=WITH_PARTNER,
        asks=("document", *_ANSWER),
        needs=("document",),
        event="referral_asked",
    ),
    Move(
        "decline",
        _l("Partner declines"),
        sources=("sent", "accepted"),
        target="declined",
        asks=("decline_reason", "declined_by", "note", "may_refer_again", *_ANSWER),
        needs=("decline_reason", "declined_by"),
        event="referral_declined",
    ),
    Move(
        "settle",
        _l("Leave it at that"),
        sources=("declined", "cancelled"),
        asks=("reason",),
        needs=("reason",),
        event="referral_settled",
    ),
    Move(
        "cancel",
        _l("Cancel this referral"),
        sources=("draft", "sent", "accepted", "in_service"),
        target="cancelled",
        asks=("reason",),
        needs=("reason",),
        event="referral_cancelled",
        tone="danger",
    ),
)

DOCUMENT_MOVES = (
    Move("attach", _l("Attach a file"), asks=("file",), needs=("file",), tone="primary"),
    Move("enclose", _l("Enclose on paper")),
    Move("waive", _l("Waive"), asks=("waived_reason",), needs=("waived_reason",)),
)

SENTENCES.update(
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
_CODES: dict[str, Any] = {"decline_reason": Refusal, "outcome": Outcome, "step": Step}
WORDS.update(_CODES)
