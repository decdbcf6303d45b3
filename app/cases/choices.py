"""The words of a case: stored code = member name, label = value."""

import enum

from flask_babel import lazy_pgettext

from app.core.types import toned


class Channel(enum.Enum):
    """How a report or a case reached the office."""

    walk_in = lazy_pgettext("channel", "Came to the office")
    rt_rw = lazy_pgettext("channel", "RT or RW")
    outreach = lazy_pgettext("channel", "Outreach")
    partner = lazy_pgettext("channel", "Partner")
    bhabinkamtibmas_babinsa = lazy_pgettext("channel", "Bhabinkamtibmas or Babinsa")
    phone_whatsapp = lazy_pgettext("channel", "Phone or WhatsApp")
    social_media = lazy_pgettext("channel", "Social media")
    family = lazy_pgettext("channel", "Family")
    other = lazy_pgettext("channel", "Other")


@toned(ordinary="usual", urgent="wait", emergency="alarm")
class Urgency(enum.Enum):
    """How soon somebody must act."""

    ordinary = lazy_pgettext("urgency", "Not urgent")
    urgent = lazy_pgettext("urgency", "Urgent")
    emergency = lazy_pgettext("urgency", "Emergency")


class Focus(enum.Enum):
    """What the work is mainly about."""

    poverty = lazy_pgettext("focus", "Poverty")
    psychosocial = lazy_pgettext("focus", "Psychosocial problem")
    family_resilience = lazy_pgettext("focus", "Family resilience")


@toned(low="plain", medium="info", high="wait", critical="alarm")
class RiskLevel(enum.Enum):
    """Band of the assessment's score."""

    low = lazy_pgettext("risk", "Low")
    medium = lazy_pgettext("risk", "Medium")
    high = lazy_pgettext("risk", "High")
    critical = lazy_pgettext("risk", "Critical")


class PersonRole(enum.Enum):
    """What a person is in a case."""

    primary = lazy_pgettext("role in a case", "Main client")
    spouse = lazy_pgettext("role in a case", "Spouse")
    child = lazy_pgettext("role in a case", "Child")
    parent = lazy_pgettext("role in a case", "Parent")
    caregiver = lazy_pgettext("role in a case", "Caregiver")
    accused = lazy_pgettext("role in a case", "Accused")
    witness = lazy_pgettext("role in a case", "Witness")
    other = lazy_pgettext("role in a case", "Other")


class ServiceKind(enum.Enum):
    """The six services of an LK3."""

    consultation = lazy_pgettext("service", "Consultation")
    counselling = lazy_pgettext("service", "Counselling")
    information = lazy_pgettext("service", "Information")
    advocacy = lazy_pgettext("service", "Advocacy")
    referral = lazy_pgettext("service", "Referral")
    outreach = lazy_pgettext("service", "Outreach")


class Place(enum.Enum):
    """Where a service was given."""

    office = lazy_pgettext("place", "At the office")
    home = lazy_pgettext("place", "At home")
    phone = lazy_pgettext("place", "By phone")
    partner = lazy_pgettext("place", "At a partner's")
    field = lazy_pgettext("place", "In the field")


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


@toned(open="usual", done="ok", cancelled="plain")
class FollowUpState(enum.Enum):
    """Whether a follow-up still waits; computed from its instants."""

    open = lazy_pgettext("follow-up", "Open")
    done = lazy_pgettext("follow-up", "Done")
    cancelled = lazy_pgettext("follow-up", "Cancelled")


class ClosingReason(enum.Enum):
    """Why the work with a client ends."""

    goal_reached = lazy_pgettext("closing reason", "Goal reached")
    period_ended = lazy_pgettext("closing reason", "Period of service ended")
    moved = lazy_pgettext("closing reason", "Client moved away")
    worker_left = lazy_pgettext("closing reason", "Peksos left")
    transferred = lazy_pgettext("closing reason", "Handed over to another office")
    withdrew = lazy_pgettext("closing reason", "Client withdrew")
    died = lazy_pgettext("closing reason", "Client died")
    lost_contact = lazy_pgettext("closing reason", "Contact lost")
    not_our_mandate = lazy_pgettext("closing reason", "Not our mandate")


@toned(reached="ok", partly="wait", not_reached="bad")
class GoalResult(enum.Enum):
    """How far a goal of the plan was reached."""

    reached = lazy_pgettext("goal", "Reached")
    partly = lazy_pgettext("goal", "Partly reached")
    not_reached = lazy_pgettext("goal", "Not reached")


@toned(overdue="bad", today="wait", upcoming="info")
class Timing(enum.Enum):
    """When an open follow-up is due, seen from today in WITA."""

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
    "kelurahan",
    "address",
    "nik",
    "nik_note",
    "identity_status",
    "no_nik_reason",
)
"""What a form asks about a client who is not in the portal yet; the rest is for the client's own page."""
