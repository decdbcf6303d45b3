"""Enums of partners: the member name is the stored code, the value is the label."""

import enum

from flask_babel import lazy_pgettext

from app.db.types import badge_tones


class PartnerKind(enum.Enum):
    """Kind of partner."""

    zakat = lazy_pgettext("partner kind", "Zakat agency (Baznas, LAZ)")
    health_centre = lazy_pgettext("partner kind", "Health centre (puskesmas)")
    hospital = lazy_pgettext("partner kind", "Hospital")
    police = lazy_pgettext("partner kind", "Police")
    bhabinkamtibmas = lazy_pgettext("partner kind", "Bhabinkamtibmas")
    babinsa = lazy_pgettext("partner kind", "Babinsa")
    uptd_ppa = lazy_pgettext("partner kind", "UPTD PPA")
    civil_registry = lazy_pgettext("partner kind", "Civil registry (Disdukcapil)")
    legal_aid = lazy_pgettext("partner kind", "Legal aid (LBH)")
    shelter = lazy_pgettext("partner kind", "Shelter or care home")
    ministry_centre = lazy_pgettext("partner kind", "Centre of the ministry (sentra)")
    social_office = lazy_pgettext("partner kind", "Social affairs office")
    school = lazy_pgettext("partner kind", "School")
    company = lazy_pgettext("partner kind", "Company")
    community = lazy_pgettext("partner kind", "Community organisation")
    other = lazy_pgettext("partner kind", "Other partner")


@badge_tones(active="ok", archived="plain")
class PartnerState(enum.Enum):
    """Whether the office works with the partner; computed from `active`, not stored."""

    active = lazy_pgettext("partner", "Active")
    archived = lazy_pgettext("partner", "Archived")


@badge_tones(agreement_over="bad", agreement_ends="wait", unverified="wait")
class PartnerFlag(enum.Enum):
    """Points to settle with the partner; computed by `Partner.flags`, not stored."""

    agreement_over = lazy_pgettext("partner flag", "Agreement over")
    agreement_ends = lazy_pgettext("partner flag", "Agreement ends soon")
    unverified = lazy_pgettext("partner flag", "To be verified")
