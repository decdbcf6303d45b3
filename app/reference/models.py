"""Models of the reference data: places, categories, tags, kinds of need, office settings, holidays."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.column_info import column_info
from app.db.model import Entity
from app.db.types import Line, Phone, Prose, Rupiah, enum_type
from app.reference.enums import Confidentiality

_CODE_TAKEN_MESSAGE = _l("Another entry already has this code.")
_PERIOD_REVERSED_MESSAGE = _l("The last day is before the first one.")
_TIER_HINT = _l("The lowest tier of every case that carries it.")
_SOURCE_HINT = _l("The address or document that it was taken from.")


class Reference(Entity):
    """Base class of coded reference data: a permanent code, a name in Indonesian, and a source."""

    __abstract__ = True

    code: Mapped[str] = mapped_column(
        Line(40), info=column_info(_l("Code"), hint=_l("A short code that never changes later."))
    )
    name: Mapped[str] = mapped_column(Line(200), info=column_info(_l("Name")))
    source: Mapped[str | None] = mapped_column(
        Prose,
        sort_order=80,
        info=column_info(_l("Source"), hint=_SOURCE_HINT),
    )
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
    aliases: Mapped[str | None] = mapped_column(
        Line(300),
        info=column_info(
            _l("Other spellings"),
            hint=_l("Separated by semicolons, such as “Loktuan; Lok-Tuan”. Searches and imports know them."),
        ),
    )

    kecamatan: Mapped[Kecamatan] = relationship(back_populates="kelurahan", info=column_info(_l("Kecamatan")))

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
        enum_type(Confidentiality),
        default=Confidentiality.ordinary,
        info=column_info(_l("Confidentiality"), hint=_TIER_HINT),
    )
    abbreviation: Mapped[str | None] = mapped_column(Line(20), info=column_info(_l("Abbreviation")))
    note: Mapped[str | None] = mapped_column(Line(300), info=column_info(_l("Note")))
    """Hint on age or meaning; an age outside it only warns."""
    legal_basis: Mapped[str | None] = mapped_column(Line(200), info=column_info(_l("Legal basis")))
    valid_from: Mapped[date | None] = mapped_column(info=column_info(_l("Valid from")))
    valid_until: Mapped[date | None] = mapped_column(
        info=column_info(
            _l("Valid until"),
            hint=_l("The last day on which the regulation names it. Leave empty while it does."),
        )
    )

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
        enum_type(Confidentiality),
        default=Confidentiality.ordinary,
        info=column_info(_l("Confidentiality"), hint=_TIER_HINT),
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

    valid_from: Mapped[date] = mapped_column(
        info=column_info(
            _l("Valid from"),
            hint=_l("Letters from this day on carry it; the entry before it ends the day before."),
        )
    )
    valid_until: Mapped[date | None] = mapped_column(
        info=column_info(_l("Valid until"), hint=_l("Leave empty for the entry that holds now."))
    )
    office_name: Mapped[str] = mapped_column(Line(200), info=column_info(_l("Name of the office")))
    parent_office: Mapped[str] = mapped_column(Line(200), info=column_info(_l("Parent office")))
    address: Mapped[str | None] = mapped_column(Line(300), info=column_info(_l("Address")))
    phone: Mapped[str | None] = mapped_column(Phone, info=column_info(_l("Phone")))
    letterhead: Mapped[str | None] = mapped_column(
        Prose,
        info=column_info(
            _l("Letterhead"), hint=_l("The lines at the head of a letter, one below the other.")
        ),
    )
    signatory_name: Mapped[str | None] = mapped_column(Line(120), info=column_info(_l("Signatory")))
    signatory_position: Mapped[str | None] = mapped_column(
        Line(120), info=column_info(_l("Position of the signatory"))
    )
    signatory_nip: Mapped[str | None] = mapped_column(Line(40), info=column_info(_l("NIP of the signatory")))
    letter_pattern: Mapped[str | None] = mapped_column(
        Line(60),
        info=column_info(
            _l("Number of a letter"),
            hint=_l(
                "Such as 460/{number}/LK3/{month}/{year}. {number} counts within a year and {month} is Roman."
            ),
        ),
    )
    """Pattern of letter numbers; NULL: `DEFAULT_LETTER_PATTERN`."""
    letter_place: Mapped[str | None] = mapped_column(
        Line(60), info=column_info(_l("Place that stands on a letter"))
    )
    letter_copies: Mapped[str | None] = mapped_column(
        Prose,
        info=column_info(
            _l("Copies go to"), hint=_l("Who gets a copy of every referral letter, one per line.")
        ),
    )
    """Recipients of a copy of every letter, one per line."""
    aid_check_above: Mapped[int] = mapped_column(
        Rupiah,
        default=DEFAULT_AID_CHECK_ABOVE_RUPIAH,
        info=column_info(
            _l("Ask about other aid above"),
            hint=_l(
                "Whole rupiah. Cash aid of more is given only with a note on what other aid was checked."
                " Empty: 500.000."
            ),
        ),
    )
    """Whole rupiah; cash aid above it requires a note on which other aid was checked."""
    source: Mapped[str | None] = mapped_column(
        Prose,
        sort_order=80,
        info=column_info(_l("Source"), hint=_SOURCE_HINT),
    )

    def __str__(self) -> str:
        return self.office_name


class Holiday(Entity):
    """Day on which the offices are closed: a national holiday or a day of joint leave."""

    __tablename__ = "holiday"
    __table_args__ = (UniqueConstraint("day"),)
    __constraint_messages__ = {"uq_holiday_day": ("day", _l("This day is a holiday already."))}

    day: Mapped[date] = mapped_column(
        info=column_info(_l("Day"), hint=_l("No clock of a referral counts this day."))
    )
    name: Mapped[str] = mapped_column(Line(200), info=column_info(_l("Name")))
    source: Mapped[str | None] = mapped_column(
        Prose,
        sort_order=80,
        info=column_info(_l("Source"), hint=_SOURCE_HINT),
    )

    def __str__(self) -> str:
        return self.name
