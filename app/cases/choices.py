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


@toned(ordinary="plain", urgent="wait", emergency="alarm")
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
