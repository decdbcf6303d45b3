"""Models of partners, their contact persons and the services they offer."""

from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.db.column_info import column_info, labelled
from app.db.model import Base, Entity
from app.db.types import Line, Phone, Prose, enum_type
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

    name: Mapped[str] = mapped_column(Line(160), info=column_info(_l("Name")))
    kind: Mapped[PartnerKind] = mapped_column(enum_type(PartnerKind), info=column_info(_l("Kind of partner")))
    address: Mapped[str | None] = mapped_column(Line(300), info=column_info(_l("Address")))
    kelurahan_id: Mapped[int | None] = mapped_column(
        ForeignKey("kelurahan.id", ondelete="RESTRICT"), index=True
    )
    phone: Mapped[str | None] = mapped_column(
        Phone,
        info=column_info(_l("Phone"), hint=_l("For example 0548-21234; short codes such as 110 are fine.")),
    )
    whatsapp: Mapped[str | None] = mapped_column(Phone, info=column_info(_l("WhatsApp")))
    email: Mapped[str | None] = mapped_column(Line(160), info=column_info(_l("E-mail")))
    open_24h: Mapped[bool] = mapped_column(default=False, info=column_info(_l("Open 24 hours")))
    agreement_number: Mapped[str | None] = mapped_column(
        Line(120), info=column_info(_l("Number of the agreement"))
    )
    agreement_from: Mapped[date | None] = mapped_column(info=column_info(_l("Agreement from")))
    agreement_until: Mapped[date | None] = mapped_column(info=column_info(_l("Agreement until")))
    accepting: Mapped[bool] = mapped_column(
        default=True,
        info=column_info(_l("Takes new referrals"), hint=_l("Untick while the partner is full or closed.")),
    )
    """Whether the partner takes new referrals at present."""
    verified_on: Mapped[date | None] = mapped_column(info=column_info(_l("Last verified on")))
    verified_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("ab_user.id", ondelete="RESTRICT"), info=column_info(_l("Last verified by"))
    )
    active: Mapped[bool] = mapped_column(default=True, info=column_info(_l("In use")))
    archived_at: Mapped[datetime | None] = mapped_column(info=column_info(_l("Archived on"), internal=True))
    note: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Note")))
    source: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Source"), hint=_l("Where these facts come from."))
    )
    """Source of a row that was loaded from `partners.csv`."""
    search_text: Mapped[str | None] = mapped_column(Text, info=column_info(internal=True))

    kelurahan: Mapped[Kelurahan | None] = relationship(
        foreign_keys=[kelurahan_id], info=column_info(_l("Kelurahan"))
    )
    coverage: Mapped[list[Kelurahan]] = relationship(
        secondary=partner_coverage,
        order_by=Kelurahan.name,
        info=column_info(_l("Serves these kelurahan"), hint=_l("Tick all that this partner serves.")),
    )
    contacts: Mapped[list["PartnerContact"]] = relationship(back_populates="partner", viewonly=True)
    services: Mapped[list["PartnerService"]] = relationship(back_populates="partner", viewonly=True)

    @property
    @labelled(_l("State"))
    def state(self) -> PartnerState:
        """Return the state that follows from `active`."""
        return PartnerState.active if self.active else PartnerState.archived

    @property
    @labelled(_l("To do"))
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

    def __str__(self) -> str:
        return self.name


class PartnerContact(Entity):
    """A contact person of a partner; `kelurahan` is set for an officer of one kelurahan only."""

    __tablename__ = "partner_contact"
    __table_args__ = (Index("ix_partner_contact_name", "name", "id"),)

    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(Line(120), info=column_info(_l("Full name"), personal=True))
    position: Mapped[str | None] = mapped_column(Line(120), info=column_info(_l("Position")))
    kelurahan_id: Mapped[int | None] = mapped_column(
        ForeignKey("kelurahan.id", ondelete="RESTRICT"), index=True
    )
    phone: Mapped[str | None] = mapped_column(Phone, info=column_info(_l("Phone"), personal=True))
    whatsapp: Mapped[str | None] = mapped_column(Phone, info=column_info(_l("WhatsApp"), personal=True))
    email: Mapped[str | None] = mapped_column(Line(160), info=column_info(_l("E-mail"), personal=True))
    active: Mapped[bool] = mapped_column(default=True, info=column_info(_l("Still works there")))
    """False when the person has left the partner."""
    note: Mapped[str | None] = mapped_column(
        Line(300), info=column_info(_l("Note"), hint=_l("For example: in the mornings only."))
    )
    search_text: Mapped[str | None] = mapped_column(Text, info=column_info(personal=True, internal=True))

    partner: Mapped[Partner] = relationship(back_populates="contacts", info=column_info(_l("Partner")))
    kelurahan: Mapped[Kelurahan | None] = relationship(
        foreign_keys=[kelurahan_id],
        info=column_info(
            _l("For this kelurahan"),
            hint=_l("Only for an officer of one kelurahan, such as a Bhabinkamtibmas."),
        ),
    )

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
    required_documents: Mapped[str | None] = mapped_column(
        Prose,
        info=column_info(
            _l("Required documents"),
            hint=_l("One document per line; a referral takes them over as its checklist."),
        ),
    )
    """One document per line; a referral copies them into its checklist."""
    eligibility: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Who may get it")))
    response_hours: Mapped[int | None] = mapped_column(
        info=column_info(_l("Answers within (hours)"), hint=_l("Leave empty if nothing is agreed."))
    )
    """Hours within which the partner has promised to answer; None: nothing is agreed."""

    partner: Mapped[Partner] = relationship(back_populates="services", info=column_info(_l("Partner")))
    need_kind: Mapped[NeedKind] = relationship(info=column_info(_l("Kind of help")))

    @property
    def label(self) -> str:
        """Return the names of partner and kind of help."""
        return f"{self.partner.name}: {self.need_kind.name}"

    def __str__(self) -> str:
        return self.label
