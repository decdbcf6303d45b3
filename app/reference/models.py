"""Places, PPKS categories, problem tags, kinds of need, and the office as it was called over the years."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.model import Entity
from app.db.types import Line, Phone, Prose, Rupiah, enum_type
from app.reference.enums import Confidentiality

_CODE_TAKEN_MESSAGE = _l("Another entry already has this code.")
_PERIOD_REVERSED_MESSAGE = _l("The last day is before the first one.")


class Reference(Entity):
    """A row with a code that never changes, a name in the language of the office, and where it comes from."""

    __abstract__ = True

    code: Mapped[str] = mapped_column(Line(40))
    name: Mapped[str] = mapped_column(Line(200))
    source: Mapped[str | None] = mapped_column(Prose, sort_order=80)
    """Address or citation; an honest mark where nobody has verified it."""

    def __str__(self) -> str:
        return self.name


class Kecamatan(Reference):
    """A district of the city."""

    __tablename__ = "kecamatan"
    __table_args__ = (UniqueConstraint("code"),)
    __constraint_messages__ = {"uq_kecamatan_code": ("code", _CODE_TAKEN_MESSAGE)}

    kelurahan: Mapped[list["Kelurahan"]] = relationship(
        back_populates="kecamatan", order_by="Kelurahan.name", viewonly=True
    )


class Kelurahan(Reference):
    """A ward of the city; its other spellings are aliases, separated by semicolons."""

    __tablename__ = "kelurahan"
    __table_args__ = (UniqueConstraint("code"), UniqueConstraint("name"))
    __constraint_messages__ = {
        "uq_kelurahan_code": ("code", _CODE_TAKEN_MESSAGE),
        "uq_kelurahan_name": ("name", _l("Another kelurahan already has this name.")),
    }

    kecamatan_id: Mapped[int] = mapped_column(ForeignKey("kecamatan.id", ondelete="RESTRICT"), index=True)
    aliases: Mapped[str | None] = mapped_column(Line(300))

    kecamatan: Mapped[Kecamatan] = relationship(back_populates="kelurahan")

    @property
    def spellings(self) -> list[str]:
        """The name and its aliases."""
        return [self.name, *filter(None, (alias.strip() for alias in (self.aliases or "").split(";")))]


def _add_tier_effect(label: str, tier: Confidentiality) -> str:
    if tier is Confidentiality.secret:
        return str(_("%(label)s · makes the case secret", label=label))
    if tier is Confidentiality.limited:
        return str(_("%(label)s · makes the case limited", label=label))
    return label


class PpksCategory(Reference):
    """A kind of people who need social services, for as long as the regulation that names it holds."""

    __tablename__ = "ppks_category"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="period"),
    )
    __constraint_messages__ = {
        "uq_ppks_category_code": ("code", _CODE_TAKEN_MESSAGE),
        "ck_ppks_category_period": ("valid_until", _PERIOD_REVERSED_MESSAGE),
    }

    confidentiality: Mapped[Confidentiality] = mapped_column(
        enum_type(Confidentiality), default=Confidentiality.ordinary
    )
    abbreviation: Mapped[str | None] = mapped_column(Line(20))
    note: Mapped[str | None] = mapped_column(Line(300))
    """Age or meaning, as a hint: ages warn, they never block."""
    legal_basis: Mapped[str | None] = mapped_column(Line(200))
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]

    @property
    def label(self) -> str:
        """Code, name and abbreviation, as forms write it."""
        return f"{self.code} {self.name}" + (f" ({self.abbreviation})" if self.abbreviation else "")

    @property
    def detailed_label(self) -> str:
        """The label, and what choosing it does to who may know of a case."""
        return _add_tier_effect(self.label, self.confidentiality)


class ProblemTag(Reference):
    """A problem in plain words (ODGJ, KDRT, ngelem …): no PPKS category, but it may raise the tier."""

    __tablename__ = "problem_tag"
    __table_args__ = (UniqueConstraint("code"),)
    __constraint_messages__ = {"uq_problem_tag_code": ("code", _CODE_TAKEN_MESSAGE)}

    confidentiality: Mapped[Confidentiality] = mapped_column(
        enum_type(Confidentiality), default=Confidentiality.ordinary
    )

    @property
    def detailed_label(self) -> str:
        """The name, and what choosing it does to who may know of a case."""
        return _add_tier_effect(self.name, self.confidentiality)


class NeedKind(Reference):
    """A kind of help that a partner can give and a referral asks for."""

    __tablename__ = "need_kind"
    __table_args__ = (UniqueConstraint("code"),)
    __constraint_messages__ = {"uq_need_kind_code": ("code", _CODE_TAKEN_MESSAGE)}


DEFAULT_AID_CHECK_ABOVE_RUPIAH = 500_000
"""Whole rupiah, where no office setting holds: cash aid above it asks whether other aid was checked."""

DEFAULT_LETTER_PATTERN = "460/{number}/LK3/{month}/{year}"
"""460 is the archive's class of social affairs; the month is Roman."""


class OfficeSetting(Entity):
    """What the office and its parent were called, where it sat and who signed, from one day to another.

    An old letter keeps its old letterhead: ask `services.office_on(day)`.
    """

    __tablename__ = "office_setting"
    __table_args__ = (
        UniqueConstraint("valid_from"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="period"),
        CheckConstraint("aid_check_above >= 0", name="aid_check_above"),
    )
    __constraint_messages__ = {
        "uq_office_setting_valid_from": ("valid_from", _l("Another entry already begins on this day.")),
        "ck_office_setting_period": ("valid_until", _PERIOD_REVERSED_MESSAGE),
        "ck_office_setting_aid_check_above": ("aid_check_above", _l("An amount is not below zero.")),
    }

    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    office_name: Mapped[str] = mapped_column(Line(200))
    parent_office: Mapped[str] = mapped_column(Line(200))
    address: Mapped[str | None] = mapped_column(Line(300))
    phone: Mapped[str | None] = mapped_column(Phone)
    letterhead: Mapped[str | None] = mapped_column(Prose)
    signatory_name: Mapped[str | None] = mapped_column(Line(120))
    signatory_position: Mapped[str | None] = mapped_column(Line(120))
    signatory_nip: Mapped[str | None] = mapped_column(Line(40))
    letter_pattern: Mapped[str | None] = mapped_column(Line(60))
    """How a letter's number is written; empty: `LETTER_PATTERN`."""
    letter_place: Mapped[str | None] = mapped_column(Line(60))
    letter_copies: Mapped[str | None] = mapped_column(Prose)
    """Who gets a copy of every letter, one a line."""
    aid_check_above: Mapped[int] = mapped_column(Rupiah, default=DEFAULT_AID_CHECK_ABOVE_RUPIAH)
    """Cash aid of more asks whether other aid was checked."""
    source: Mapped[str | None] = mapped_column(Prose, sort_order=80)

    def __str__(self) -> str:
        return self.office_name


class Holiday(Entity):
    """A day on which the offices are closed: a national holiday, or one that the government added."""

    __tablename__ = "holiday"
    __table_args__ = (UniqueConstraint("day"),)
    __constraint_messages__ = {"uq_holiday_day": ("day", _l("This day is a holiday already."))}

    day: Mapped[date]
    name: Mapped[str] = mapped_column(Line(200))
    source: Mapped[str | None] = mapped_column(Prose, sort_order=80)

    def __str__(self) -> str:
        return self.name
