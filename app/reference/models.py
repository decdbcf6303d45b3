"""Models of the reference data: places, categories, tags, kinds of need, office settings, holidays."""

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
    """Base class of coded reference data: a permanent code, a name in Indonesian, and a source."""

    __abstract__ = True

    code: Mapped[str] = mapped_column(Line(40))
    name: Mapped[str] = mapped_column(Line(200))
    source: Mapped[str | None] = mapped_column(Prose, sort_order=80)
    """Web address or citation; says so where nobody has verified it."""

    def __str__(self) -> str:
        return self.name


class Kecamatan(Reference):
    """District of the city."""

    __tablename__ = "kecamatan"
    __table_args__ = (UniqueConstraint("code"),)
    __constraint_messages__ = {"uq_kecamatan_code": ("code", _CODE_TAKEN_MESSAGE)}

    kelurahan: Mapped[list["Kelurahan"]] = relationship(
        back_populates="kecamatan", order_by="Kelurahan.name", viewonly=True
    )


class Kelurahan(Reference):
    """Ward of the city; `aliases` holds its other spellings, separated by semicolons."""

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
        """List of the name and all aliases."""
        return [self.name, *filter(None, (alias.strip() for alias in (self.aliases or "").split(";")))]


def _add_tier_effect(label: str, tier: Confidentiality) -> str:
    if tier is Confidentiality.secret:
        return str(_("%(label)s · makes the case secret", label=label))
    if tier is Confidentiality.limited:
        return str(_("%(label)s · makes the case limited", label=label))
    return label


class PpksCategory(Reference):
    """Category of people who need social services (PPKS), valid while a regulation names it."""

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
    """Hint on age or meaning; an age outside it only warns."""
    legal_basis: Mapped[str | None] = mapped_column(Line(200))
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]

    @property
    def label(self) -> str:
        """Code, name and abbreviation: the text of an option in forms."""
        return f"{self.code} {self.name}" + (f" ({self.abbreviation})" if self.abbreviation else "")

    @property
    def detailed_label(self) -> str:
        """Label with the tier that the category gives a case."""
        return _add_tier_effect(self.label, self.confidentiality)


class ProblemTag(Reference):
    """Problem in everyday words (ODGJ, KDRT, ngelem …); no PPKS category, but it may raise a case's tier."""

    __tablename__ = "problem_tag"
    __table_args__ = (UniqueConstraint("code"),)
    __constraint_messages__ = {"uq_problem_tag_code": ("code", _CODE_TAKEN_MESSAGE)}

    confidentiality: Mapped[Confidentiality] = mapped_column(
        enum_type(Confidentiality), default=Confidentiality.ordinary
    )

    @property
    def detailed_label(self) -> str:
        """Name with the tier that the tag gives a case."""
        return _add_tier_effect(self.name, self.confidentiality)


class NeedKind(Reference):
    """Kind of help that a partner offers and a referral requests."""

    __tablename__ = "need_kind"
    __table_args__ = (UniqueConstraint("code"),)
    __constraint_messages__ = {"uq_need_kind_code": ("code", _CODE_TAKEN_MESSAGE)}


DEFAULT_AID_CHECK_ABOVE_RUPIAH = 500_000
"""Whole rupiah; default of `OfficeSetting.aid_check_above`, also used while no office setting is valid."""

DEFAULT_LETTER_PATTERN = "460/{number}/LK3/{month}/{year}"
"""460 is the archive code of social affairs; {month} is a Roman numeral."""


class OfficeSetting(Entity):
    """Names, address, signatory and letter settings of the office, valid from one day to another.

    An old letter keeps the letterhead of its day: use `services.get_office_setting(day)`.
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
    """Pattern of letter numbers; NULL: `DEFAULT_LETTER_PATTERN`."""
    letter_place: Mapped[str | None] = mapped_column(Line(60))
    letter_copies: Mapped[str | None] = mapped_column(Prose)
    """Recipients of a copy of every letter, one per line."""
    aid_check_above: Mapped[int] = mapped_column(Rupiah, default=DEFAULT_AID_CHECK_ABOVE_RUPIAH)
    """Whole rupiah; cash aid above it requires a note on which other aid was checked."""
    source: Mapped[str | None] = mapped_column(Prose, sort_order=80)

    def __str__(self) -> str:
        return self.office_name


class Holiday(Entity):
    """Day on which the offices are closed: a national holiday or a day of joint leave."""

    __tablename__ = "holiday"
    __table_args__ = (UniqueConstraint("day"),)
    __constraint_messages__ = {"uq_holiday_day": ("day", _l("This day is a holiday already."))}

    day: Mapped[date]
    name: Mapped[str] = mapped_column(Line(200))
    source: Mapped[str | None] = mapped_column(Prose, sort_order=80)

    def __str__(self) -> str:
        return self.name
