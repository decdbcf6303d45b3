"""Stored codes of clients, households and consents, with labels; member names are the codes."""

import enum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.db.types import badge_tones


class Sex(enum.Enum):
    """Sex as on the identity card."""

    male = lazy_pgettext("sex", "Male")
    female = lazy_pgettext("sex", "Female")
    unknown = lazy_pgettext("sex", "Not known")


class IdentityStatus(enum.Enum):
    """How well the client's identity is known."""

    verified = lazy_pgettext("identity status", "Verified (KTP or KK seen)")
    stated = lazy_pgettext("identity status", "Stated by the client, not verified")
    no_nik = lazy_pgettext("identity status", "Has no NIK yet")
    unknown = lazy_pgettext("identity status", "Not known (being traced)")
    foreign = lazy_pgettext("identity status", "Foreign national")


STATUSES_WITH_NIK = frozenset({IdentityStatus.verified, IdentityStatus.stated})
"""Statuses that need no reason for a missing NIK."""


class NoNikReason(enum.Enum):
    """Reason for a missing NIK."""

    abandoned = lazy_pgettext("reason for no NIK", "Abandoned person")
    mental_disorder = lazy_pgettext("reason for no NIK", "Mental disorder, no papers")
    unregistered_baby = lazy_pgettext("reason for no NIK", "Baby not registered yet")
    lost_documents = lazy_pgettext("reason for no NIK", "Documents lost")
    newcomer = lazy_pgettext("reason for no NIK", "Newcomer")
    other = lazy_pgettext("reason for no NIK", "Other reason")


class BirthDatePrecision(enum.Enum):
    """How exactly the birth date is known."""

    exact = lazy_pgettext("birth date", "Exact date")
    year = lazy_pgettext("birth date", "Only the year")
    estimated = lazy_pgettext("birth date", "Estimated")


class PhoneOwner(enum.Enum):
    """Owner of the phone."""

    self = lazy_pgettext("phone owner", "The client")
    family = lazy_pgettext("phone owner", "Family")
    neighbour = lazy_pgettext("phone owner", "Neighbour")
    official = lazy_pgettext("phone owner", "Ketua RT or another official")
    other = lazy_pgettext("phone owner", "Somebody else")


@badge_tones(yes="ok", ask_first="wait", no="alarm")
class SafeToContact(enum.Enum):
    """Whether the client may be called: at home an abuser may answer the phone."""

    yes = lazy_pgettext("safe to contact", "Safe to call")
    ask_first = lazy_pgettext("safe to contact", "Ask before calling")
    no = lazy_pgettext("safe to contact", "Do not call")


class HouseholdRole(enum.Enum):
    """Role in the household."""

    head = lazy_pgettext("household role", "Head of the household")
    spouse = lazy_pgettext("household role", "Spouse")
    child = lazy_pgettext("household role", "Child")
    parent = lazy_pgettext("household role", "Parent")
    other_relative = lazy_pgettext("household role", "Other relative")
    not_related = lazy_pgettext("household role", "Not related")


class MaritalStatus(enum.Enum):
    """Marital status as on the identity card."""

    single = lazy_pgettext("marital status", "Single")
    married = lazy_pgettext("marital status", "Married")
    divorced = lazy_pgettext("marital status", "Divorced")
    widowed = lazy_pgettext("marital status", "Widowed")


class DtsenStatus(enum.Enum):
    """Whether the client is in the national socio-economic register (DTSEN)."""

    registered = lazy_pgettext("DTSEN status", "Registered")
    not_registered = lazy_pgettext("DTSEN status", "Not registered")
    not_checked = lazy_pgettext("DTSEN status", "Not checked yet")


@badge_tones(active="ok", archived="plain")
class ClientState(enum.Enum):
    """Whether the record is in use; computed from `archived_at`."""

    active = lazy_pgettext("client", "Active")
    archived = lazy_pgettext("client", "Archived")


@badge_tones(active="ok", archived="plain")
class HouseholdState(enum.Enum):
    """Whether the record is in use; computed from `archived_at`."""

    active = lazy_pgettext("household", "Active")
    archived = lazy_pgettext("household", "Archived")


class ConsentPurpose(enum.Enum):
    """Purpose that the client consents to."""

    service = lazy_pgettext("consent purpose", "Service by the office")
    share_with_partner = lazy_pgettext("consent purpose", "Sharing data with a partner")
    photo = lazy_pgettext("consent purpose", "Taking photos")
    publication = lazy_pgettext("consent purpose", "Publication")


class ConsentMethod(enum.Enum):
    """How the consent was given."""

    written = lazy_pgettext("consent method", "In writing")
    spoken_recorded = lazy_pgettext("consent method", "Spoken and recorded")
    guardian = lazy_pgettext("consent method", "By parent or guardian")
    exception = lazy_pgettext("consent method", "Exception, with a reason")


@badge_tones(in_force="ok", withdrawn="bad")
class ConsentState(enum.Enum):
    """Whether the consent is in force; computed from `withdrawn_at`."""

    in_force = lazy_pgettext("consent", "In force")
    withdrawn = lazy_pgettext("consent", "Withdrawn")


PERSONAL_DETAILS: dict[str, Any] = {
    **dict.fromkeys(("phone", "phone_owner", "safe_to_contact", "contact_note"), _l("Contact")),
    **dict.fromkeys(("address", "rt", "rw", "kelurahan", "landmark", "outside_address"), _l("Address")),
    **dict.fromkeys(("household", "household_role", "guardian_name", "guardian_phone"), _l("Family")),
    "no_kk": _l("No. KK"),
    "features": _l("How to recognise the person"),
}
"""Columns of a client that tell how to reach or find the person -> heading of its group.

While the client has an open limited case, only its team, administrators and supervisors may read them.
`no_kk` identifies the household; `features` may say where a person without papers was found.
"""
