"""Enums of referrals: the member name is the stored code, the value is the label."""

import enum

from flask_babel import lazy_pgettext

from app.db.types import badge_tones


@badge_tones(
    draft="plain",
    sent="wait",
    accepted="info",
    in_service="info",
    completed="wait",
    closed="ok",
    declined="bad",
    cancelled="plain",
)
class ReferralState(enum.Enum):
    """State of a referral."""

    draft = lazy_pgettext("referral", "Draft")
    sent = lazy_pgettext("referral", "Sent")
    accepted = lazy_pgettext("referral", "Accepted")
    in_service = lazy_pgettext("referral", "Partner at work")
    completed = lazy_pgettext("referral", "To be confirmed")
    closed = lazy_pgettext("referral", "Closed")
    declined = lazy_pgettext("referral", "Declined")
    cancelled = lazy_pgettext("referral", "Cancelled")


class Refusal(enum.Enum):
    """Reason to decline; its terms are the `DeclineReason` row with the same code."""

    capacity_full = lazy_pgettext("decline reason", "No capacity left")
    funds_exhausted = lazy_pgettext("decline reason", "Funds exhausted")
    not_our_service = lazy_pgettext("decline reason", "Not the partner's service")
    outside_area = lazy_pgettext("decline reason", "Outside the partner's area")
    documents_incomplete = lazy_pgettext("decline reason", "Documents incomplete")
    criteria_not_met = lazy_pgettext("decline reason", "Criteria not met")
    already_helped = lazy_pgettext("decline reason", "Already helped")
    client_refused = lazy_pgettext("decline reason", "Client refuses")
    client_unreachable = lazy_pgettext("decline reason", "Client cannot be reached")
    client_moved_or_died = lazy_pgettext("decline reason", "Client moved away or died")
    sent_in_error = lazy_pgettext("decline reason", "Sent by mistake")
    other = lazy_pgettext("decline reason", "Another reason")


class DeclinedBy(enum.Enum):
    """Party that declines the referral."""

    partner = lazy_pgettext("declined by", "The partner")
    client = lazy_pgettext("declined by", "The client")


@badge_tones(met="ok", partly_met="wait", not_met="bad", unreachable="plain")
class Outcome(enum.Enum):
    """Result of the referral as the client states it."""

    met = lazy_pgettext("referral outcome", "Need met")
    partly_met = lazy_pgettext("referral outcome", "Need partly met")
    not_met = lazy_pgettext("referral outcome", "Need not met")
    unreachable = lazy_pgettext("referral outcome", "Client not reached")


class LegalBasis(enum.Enum):
    """Legal basis for sharing data without the client's consent (UU 27/2022, article 20)."""

    emergency = lazy_pgettext("legal basis", "Emergency: life or health is in danger")
    legal_duty = lazy_pgettext("legal basis", "Duty under the law")
    public_task = lazy_pgettext("legal basis", "Public task of the office")


class SharedField(enum.Enum):
    """Group of client and case data; each is shared with the partner only if it is ticked."""

    identity = lazy_pgettext("shared data", "Name, or how the person looks")
    nik = lazy_pgettext("shared data", "NIK")
    no_kk = lazy_pgettext("shared data", "No. KK")
    sex_and_age = lazy_pgettext("shared data", "Sex and age")
    address = lazy_pgettext("shared data", "Address")
    phone = lazy_pgettext("shared data", "Phone")
    guardian = lazy_pgettext("shared data", "Parent or guardian")
    problem = lazy_pgettext("shared data", "Short history")
    assessment = lazy_pgettext("shared data", "Summary of the assessment")
    services = lazy_pgettext("shared data", "What the office has done")


class DisclosureOrigin(enum.Enum):
    """Occasion on which a disclosure was stored."""

    sent = lazy_pgettext("disclosure", "sent")
    updated = lazy_pgettext("disclosure", "sent as an update")
    upgraded = lazy_pgettext("disclosure", "made at an upgrade of the portal")


class ToldHow(enum.Enum):
    """Channel by which the partner's answer reached the office."""

    phone = lazy_pgettext("told how", "By phone")
    whatsapp = lazy_pgettext("told how", "By WhatsApp")
    letter = lazy_pgettext("told how", "By letter")
    in_person = lazy_pgettext("told how", "In person")
    link = lazy_pgettext("told how", "By the link")


class MessageKind(enum.Enum):
    """Kind of a message between office and partner."""

    accept = lazy_pgettext("message", "Accepts")
    decline = lazy_pgettext("message", "Declines")
    start = lazy_pgettext("message", "Begins")
    complete = lazy_pgettext("message", "Is done")
    ask_document = lazy_pgettext("message", "Asks for a document")
    reply = lazy_pgettext("message", "Answer of the office")


@badge_tones(missing="wait", attached="ok", on_paper="ok", waived="plain")
class DocumentState(enum.Enum):
    """State of a document of the checklist; computed by `ReferralDocument.state`, not stored."""

    missing = lazy_pgettext("document", "Missing")
    attached = lazy_pgettext("document", "Attached")
    on_paper = lazy_pgettext("document", "Enclosed on paper")
    waived = lazy_pgettext("document", "Waived")


class Step(enum.Enum):
    """Step that has a time limit."""

    answer = lazy_pgettext("step", "Partner answers")
    start = lazy_pgettext("step", "Partner begins")
    complete = lazy_pgettext("step", "Partner is done")
    confirm = lazy_pgettext("step", "Client is asked")
    refer_on = lazy_pgettext("step", "Another way is found")


class Turn(enum.Enum):
    """Party that must act next."""

    office = lazy_pgettext("turn", "The office")
    partner = lazy_pgettext("turn", "The partner")
    nobody = lazy_pgettext("turn", "Nobody")
