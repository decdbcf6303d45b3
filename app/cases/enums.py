"""Enumerations of the cases package: the member name is the stored code, the value the translated label."""

import enum

from flask_babel import lazy_pgettext

from app.db.types import badge_tones


class Channel(enum.Enum):
    """Way in which a report or a case reached the office."""

    walk_in = lazy_pgettext("channel", "Came to the office")
    rt_rw = lazy_pgettext("channel", "RT or RW")
    outreach = lazy_pgettext("channel", "Outreach")
    partner = lazy_pgettext("channel", "Partner")
    bhabinkamtibmas_babinsa = lazy_pgettext("channel", "Bhabinkamtibmas or Babinsa")
    phone_whatsapp = lazy_pgettext("channel", "Phone or WhatsApp")
    social_media = lazy_pgettext("channel", "Social media")
    family = lazy_pgettext("channel", "Family")
    other = lazy_pgettext("channel", "Other")


@badge_tones(ordinary="hidden_badge", urgent="wait", emergency="alarm")
class Urgency(enum.Enum):
    """Degree of urgency: how soon somebody must act."""

    ordinary = lazy_pgettext("urgency", "Not urgent")
    urgent = lazy_pgettext("urgency", "Urgent")
    emergency = lazy_pgettext("urgency", "Emergency")


class Focus(enum.Enum):
    """Main subject of the work on a case."""

    poverty = lazy_pgettext("focus", "Poverty")
    psychosocial = lazy_pgettext("focus", "Psychosocial problem")
    family_resilience = lazy_pgettext("focus", "Family resilience")


@badge_tones(low="plain", medium="info", high="wait", critical="alarm")
class RiskLevel(enum.Enum):
    """Band of an assessment's score; `RISK_BANDS` holds the limits."""

    low = lazy_pgettext("risk", "Low")
    medium = lazy_pgettext("risk", "Medium")
    high = lazy_pgettext("risk", "High")
    critical = lazy_pgettext("risk", "Critical")


class PersonRole(enum.Enum):
    """Role of a person in a case."""

    primary = lazy_pgettext("role in a case", "Main client")
    spouse = lazy_pgettext("role in a case", "Spouse")
    child = lazy_pgettext("role in a case", "Child")
    parent = lazy_pgettext("role in a case", "Parent")
    caregiver = lazy_pgettext("role in a case", "Caregiver")
    accused = lazy_pgettext("role in a case", "Accused")
    witness = lazy_pgettext("role in a case", "Witness")
    other = lazy_pgettext("role in a case", "Other")


class ServiceKind(enum.Enum):
    """The six kinds of service that an LK3 gives."""

    consultation = lazy_pgettext("service", "Consultation")
    counselling = lazy_pgettext("service", "Counselling")
    information = lazy_pgettext("service", "Information")
    advocacy = lazy_pgettext("service", "Advocacy")
    referral = lazy_pgettext("service", "Referral")
    outreach = lazy_pgettext("service", "Outreach")


class Place(enum.Enum):
    """Place where a service was given."""

    office = lazy_pgettext("place", "At the office")
    home = lazy_pgettext("place", "At home")
    phone = lazy_pgettext("place", "By phone")
    partner = lazy_pgettext("place", "At a partner's")
    field = lazy_pgettext("place", "In the field")


@badge_tones(new="wait", taken_up="ok", dismissed="plain")
class ReportState(enum.Enum):
    """Outcome of an incoming report: still new, made into a case, or dismissed."""

    new = lazy_pgettext("incoming report", "New")
    taken_up = lazy_pgettext("incoming report", "Taken up")
    dismissed = lazy_pgettext("incoming report", "Dismissed")


class CaseStage(enum.Enum):
    """Stage of the work with the client; the order of the members is the order of the stages."""

    engagement = lazy_pgettext("case stage", "Engagement")
    contract = lazy_pgettext("case stage", "Service contract")
    assessment = lazy_pgettext("case stage", "Assessment")
    planning = lazy_pgettext("case stage", "Planning")
    intervention = lazy_pgettext("case stage", "Intervention")
    evaluation = lazy_pgettext("case stage", "Evaluation")
    termination = lazy_pgettext("case stage", "Termination")
    aftercare = lazy_pgettext("case stage", "Aftercare")


@badge_tones(active="ok", on_hold="wait", aftercare="info", closed="plain")
class CaseStatus(enum.Enum):
    """Status of the work on a case; `OPEN_STATUSES` names the open ones."""

    active = lazy_pgettext("case status", "Active")
    on_hold = lazy_pgettext("case status", "On hold")
    aftercare = lazy_pgettext("case status", "Aftercare")
    closed = lazy_pgettext("case status", "Closed")


@badge_tones(open="hidden_badge", done="ok", cancelled="plain")
class FollowUpState(enum.Enum):
    """State of a follow-up; stored, and tied by CHECK constraints to its instants and texts."""

    open = lazy_pgettext("follow-up", "Open")
    done = lazy_pgettext("follow-up", "Done")
    cancelled = lazy_pgettext("follow-up", "Cancelled")


class ClosingReason(enum.Enum):
    """Reason for which the work with a client ends."""

    goal_reached = lazy_pgettext("closing reason", "Goal reached")
    period_ended = lazy_pgettext("closing reason", "Period of service ended")
    moved = lazy_pgettext("closing reason", "Client moved away")
    worker_left = lazy_pgettext("closing reason", "Peksos left")
    transferred = lazy_pgettext("closing reason", "Handed over to another office")
    withdrew = lazy_pgettext("closing reason", "Client withdrew")
    died = lazy_pgettext("closing reason", "Client died")
    lost_contact = lazy_pgettext("closing reason", "Contact lost")
    not_our_mandate = lazy_pgettext("closing reason", "Not our mandate")


@badge_tones(reached="ok", partly="wait", not_reached="bad")
class GoalResult(enum.Enum):
    """Degree to which a goal of the plan was reached."""

    reached = lazy_pgettext("goal", "Reached")
    partly = lazy_pgettext("goal", "Partly reached")
    not_reached = lazy_pgettext("goal", "Not reached")


@badge_tones(overdue="bad", today="wait", upcoming="info")
class Timing(enum.Enum):
    """Due day of an open follow-up relative to today in WITA; computed."""

    overdue = lazy_pgettext("follow-up", "Overdue")
    today = lazy_pgettext("follow-up", "Today")
    upcoming = lazy_pgettext("follow-up", "Upcoming")


NEW_CLIENT_FIELDS = (
    "name",
    "alias",
    "sex",
    "birth_date",
    "birth_date_precision",
    "phone",
    "safe_to_contact",
    "kelurahan",
    "address",
    "nik",
    "nik_note",
    "identity_status",
    "no_nik_reason",
)
"""Fields that a form offers for an unregistered client; all others are on the client's own form."""


class ActorKind(enum.Enum):
    """Kind of actor behind an event or an audit row."""

    user = lazy_pgettext("actor", "User")
    partner_link = lazy_pgettext("actor", "Partner")
    system = lazy_pgettext("actor", "Siaga")


@badge_tones(open="alarm", closed="plain", refused="bad")
class EmergencyAccessState(enum.Enum):
    """State of an emergency access; computed from its case and its expiry."""

    open = lazy_pgettext("emergency access", "Open")
    closed = lazy_pgettext("emergency access", "Over")
    refused = lazy_pgettext("emergency access", "Refused")
