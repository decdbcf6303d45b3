"""Policies of the reference data: no record is hidden from staff, who need them as options in forms."""

from sqlalchemy import ColumnElement, or_

from app.core import clock
from app.db.policy import StaffPolicy
from app.reference.models import (
    Holiday,
    Kecamatan,
    Kelurahan,
    NeedKind,
    OfficeSetting,
    PpksCategory,
    ProblemTag,
)


def is_in_force() -> ColumnElement[bool]:
    """Build the condition that a PPKS category is still valid today."""
    return or_(PpksCategory.valid_until.is_(None), PpksCategory.valid_until >= clock.today())


class KecamatanPolicy(StaffPolicy[Kecamatan]):
    """All staff see kecamatan."""

    model = Kecamatan


class KelurahanPolicy(StaffPolicy[Kelurahan]):
    """All staff see kelurahan."""

    model = Kelurahan


class PpksCategoryPolicy(StaffPolicy[PpksCategory]):
    """All staff see PPKS categories."""

    model = PpksCategory


class ProblemTagPolicy(StaffPolicy[ProblemTag]):
    """All staff see problem tags."""

    model = ProblemTag


class NeedKindPolicy(StaffPolicy[NeedKind]):
    """All staff see kinds of need."""

    model = NeedKind


class OfficeSettingPolicy(StaffPolicy[OfficeSetting]):
    """All staff see the office's settings."""

    model = OfficeSetting


class HolidayPolicy(StaffPolicy[Holiday]):
    """All staff see holidays."""

    model = Holiday
