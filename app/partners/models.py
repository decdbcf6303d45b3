"""Models of partners, their contact persons and the services they offer."""

from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.db.model import Base, Entity
from app.db.types import Line, Phone, Prose, enum_type, personal_info
from app.partners.enums import PartnerFlag, PartnerKind, PartnerState
from app.reference.models import Kelurahan, NeedKind

AGREEMENT_WARNING_PERIOD = timedelta(days=60)
"""Period before the end of an agreement in which it is flagged."""
VERIFICATION_PERIOD = timedelta(days=365)
"""Period after which a verified record must be verified again."""

partner_coverage = Table(
    "partner_coverage",
    Base.metadata,
    Column("partner_id", ForeignKey("partner.id", ondelete="RESTRICT"), primary_key=True),
    Column("kelurahan_id", ForeignKey("kelurahan.id", ondelete="RESTRICT"), primary_key=True, index=True),
)
"""The kelurahan that a partner serves; a partner without rows serves all of them."""


class Partner(Entity):
    """An agency, a company or an officer. It is archived, never deleted."""

    __tablename__ = "partner"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("agreement_from <= agreement_until", name="agreement"),
        CheckConstraint("active = (archived_at IS NULL)", name="active"),
        Index("ix_partner_kind", "kind", "name"),
        Index("ix_partner_verified_on", "verified_on", "id"),
    )
    __constraint_messages__ = {
        "uq_partner_name": ("name", _l("Another partner already has this name.")),
        "ck_partner_agreement": ("agreement_until", _l("The agreement ends before it begins.")),
    }
    __labels__ = {"verified_by_id": _l("Last verified by"), "active": _l("In use")}

    name: Mapped[str] = mapped_column(Line(160))
    kind: Mapped[PartnerKind] = mapped_column(enum_type(PartnerKind))
    address: Mapped[str | None] = mapped_column(Line(300))
    kelurahan_id: Mapped[int | None] = mapped_column(
        ForeignKey("kelurahan.id", ondelete="RESTRICT"), index=True
    )
    phone: Mapped[str | None] = mapped_column(Phone)
    whatsapp: Mapped[str | None] = mapped_column(Phone)
    email: Mapped[str | None] = mapped_column(Line(160))
    open_24h: Mapped[bool] = mapped_column(default=False)
    agreement_number: Mapped[str | None] = mapped_column(Line(120))
    agreement_from: Mapped[date | None]
    agreement_until: Mapped[date | None]
    accepting: Mapped[bool] = mapped_column(default=True)
    """Whether the partner takes new referrals at present."""
    verified_on: Mapped[date | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    active: Mapped[bool] = mapped_column(default=True)
    archived_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Prose)
    source: Mapped[str | None] = mapped_column(Prose)
    """Source of a row that was loaded from `partners.csv`."""
    search_text: Mapped[str | None] = mapped_column(Text)

    kelurahan: Mapped[Kelurahan | None] = relationship(foreign_keys=[kelurahan_id])
    coverage: Mapped[list[Kelurahan]] = relationship(secondary=partner_coverage, order_by=Kelurahan.name)
    contacts: Mapped[list["PartnerContact"]] = relationship(back_populates="partner", viewonly=True)
    services: Mapped[list["PartnerService"]] = relationship(back_populates="partner", viewonly=True)

    @property
    def state(self) -> PartnerState:
        """Return the state that follows from `active`."""
        return PartnerState.active if self.active else PartnerState.archived

    @property
    def flags(self) -> list[PartnerFlag]:
        """Return the points to settle with the partner; an archived partner has none."""
        if not self.active:
            return []
        today, ends_on, flags = clock.today(), self.agreement_until, []
        if ends_on is not None and ends_on < today:
            flags.append(PartnerFlag.agreement_over)
        elif ends_on is not None and ends_on <= today + AGREEMENT_WARNING_PERIOD:
            flags.append(PartnerFlag.agreement_ends)
        if self.verified_on is None or self.verified_on < today - VERIFICATION_PERIOD:
            flags.append(PartnerFlag.unverified)
        return flags

    @property
    def whatsapp_url(self) -> str | None:
        """Return the wa.me URL that opens a chat. It holds no text, because URLs are copied and logged."""
        return f"https://wa.me/{self.whatsapp.lstrip('+')}" if self.whatsapp else None

    def __str__(self) -> str:
        return self.name


class PartnerContact(Entity):
    """A contact person of a partner; `kelurahan` is set for an officer of one kelurahan only."""

    __tablename__ = "partner_contact"
    __table_args__ = (Index("ix_partner_contact_name", "name", "id"),)

    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(Line(120), info=personal_info())
    position: Mapped[str | None] = mapped_column(Line(120))
    kelurahan_id: Mapped[int | None] = mapped_column(
        ForeignKey("kelurahan.id", ondelete="RESTRICT"), index=True
    )
    phone: Mapped[str | None] = mapped_column(Phone, info=personal_info())
    whatsapp: Mapped[str | None] = mapped_column(Phone, info=personal_info())
    email: Mapped[str | None] = mapped_column(Line(160), info=personal_info())
    active: Mapped[bool] = mapped_column(default=True)
    """False when the person has left the partner."""
    note: Mapped[str | None] = mapped_column(Line(300))
    search_text: Mapped[str | None] = mapped_column(Text, info=personal_info())

    partner: Mapped[Partner] = relationship(back_populates="contacts")
    kelurahan: Mapped[Kelurahan | None] = relationship(foreign_keys=[kelurahan_id])

    def __str__(self) -> str:
        return self.name


class PartnerService(Entity):
    """One kind of help that a partner offers, with its terms."""

    __tablename__ = "partner_service"
    __table_args__ = (
        UniqueConstraint("partner_id", "need_kind_id"),
        CheckConstraint("response_hours > 0", name="response_hours"),
    )
    __constraint_messages__ = {
        "uq_partner_service_partner_id_need_kind_id": (
            "need_kind",
            _l("This partner already offers this kind of help."),
        ),
        "ck_partner_service_response_hours": (
            "response_hours",
            _l("Hours are a whole number, one or more."),
        ),
    }

    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id", ondelete="RESTRICT"), index=True)
    need_kind_id: Mapped[int] = mapped_column(ForeignKey("need_kind.id", ondelete="RESTRICT"), index=True)
    required_documents: Mapped[str | None] = mapped_column(Prose)
    """One document per line; a referral copies them into its checklist."""
    eligibility: Mapped[str | None] = mapped_column(Prose)
    response_hours: Mapped[int | None]
    """Hours within which the partner has promised to answer; None: nothing is agreed."""

    partner: Mapped[Partner] = relationship(back_populates="services")
    need_kind: Mapped[NeedKind] = relationship()

    @property
    def label(self) -> str:
        """Return the names of partner and kind of help."""
        return f"{self.partner.name}: {self.need_kind.name}"

    def __str__(self) -> str:
        return self.label
