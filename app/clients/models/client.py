"""Models of households, clients and consents."""

from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clients import enums as ch
from app.clients.models.address import AddressMixin
from app.clients.rules.identity import (
    ADULT_AGE_YEARS,
    build_number_check,
    compute_age,
    format_age,
    list_nik_mismatches,
)
from app.core import clock
from app.core.formats import format_day
from app.db.column_info import column_info, labelled
from app.db.model import Entity, partial_index
from app.db.types import Line, Phone, Prose, UploadedFile, enum_type

TYPED_NUMBER_LENGTH = 40
"""Length of a NIK or No. KK as typed, with spaces and dots; only its 16 digits are stored."""


class Household(AddressMixin, Entity):
    """People who share a family card or a home; the head is the member with the role `head`."""

    __tablename__ = "household"
    __table_args__ = (
        build_number_check("no_kk"),
        CheckConstraint(
            "coalesce(address, no_kk, outside_address) IS NOT NULL OR kelurahan_id IS NOT NULL",
            name="somewhere",
        ),
        Index("ix_household_no_kk", "no_kk"),
    )
    __constraint_messages__ = {"ck_household_no_kk": ("no_kk", _l("No. KK must be 16 digits."))}

    no_kk: Mapped[str | None] = mapped_column(
        Line(TYPED_NUMBER_LENGTH),
        info=column_info(
            _l("No. KK"),
            hint=_l("16 digits, from the family card. The members are named on each client's page."),
            masked=True,
        ),
    )
    note: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Note"), personal=True))
    search_text: Mapped[str | None] = mapped_column(Text, info=column_info(personal=True, internal=True))
    archived_at: Mapped[datetime | None] = mapped_column(info=column_info(_l("Archived on"), internal=True))

    members: Mapped[list["Client"]] = relationship(
        back_populates="household", foreign_keys="Client.household_id", viewonly=True, order_by="Client.name"
    )
    head: Mapped["Client | None"] = relationship(
        primaryjoin="and_(Household.id == foreign(Client.household_id),"
        " Client.household_role == 'head', Client.archived_at.is_(None))",
        viewonly=True,
        uselist=False,
        info=column_info(_l("Head of the household")),
    )

    @property
    @labelled(_l("Household"))
    def label(self) -> str:
        """Name of the head and the address; without an address, the end of the family card's number."""
        card = f"KK ••••{self.no_kk[-4:]}" if self.no_kk else None
        names = (self.head.label if self.head else None, self.place or card)
        return " · ".join(filter(None, names))

    @property
    def state(self) -> ch.HouseholdState:
        """State, computed from `archived_at`."""
        return ch.HouseholdState.archived if self.archived_at else ch.HouseholdState.active

    def __str__(self) -> str:
        return self.label


class Client(AddressMixin, Entity):
    """A person whom the office helps; name, NIK and birth date may all be unknown."""

    __tablename__ = "client"
    __table_args__ = (
        build_number_check("nik"),
        build_number_check("no_kk"),
        CheckConstraint("dtsen_decile BETWEEN 1 AND 10", name="dtsen_decile"),
        CheckConstraint("name IS NOT NULL OR system_number IS NOT NULL", name="called"),
        CheckConstraint("merged_into_id <> id", name="not_itself"),
        partial_index(
            "nik IS NOT NULL AND merged_into_id IS NULL AND NOT nik_in_check",
            "uq_client_nik",
            "nik",
            unique=True,
        ),
        Index("ix_client_nik", "nik"),
        partial_index(
            "household_role = 'head' AND archived_at IS NULL", "uq_client_head", "household_id", unique=True
        ),
        Index("uq_client_system_number", "system_number", unique=True),
        Index("ix_client_name", "name", "id"),
        Index("ix_client_created_at", "created_at", "id"),
        Index("ix_client_phone", "phone"),
        Index("ix_client_kelurahan_id_name", "kelurahan_id", "name", "id"),
        # For both filters at once: counts the clients in use and finds them in the list's order.
        partial_index(
            "archived_at IS NULL",
            "ix_client_kelurahan_id_identity_status",
            "kelurahan_id",
            "identity_status",
            "id",
        ),
    )
    __constraint_messages__ = {
        "uq_client_nik": ("nik", _l("Another client already has this NIK.")),
        "uq_client_head": ("household_role", _l("This household already has a head.")),
        "ck_client_nik": ("nik", _l("NIK must be 16 digits.")),
        "ck_client_no_kk": ("no_kk", _l("No. KK must be 16 digits.")),
        "ck_client_dtsen_decile": ("dtsen_decile", _l("A decile is a number from 1 to 10.")),
    }

    __labels__ = {"created_at": _l("Registered")}

    name: Mapped[str | None] = mapped_column(
        Line(120),
        info=column_info(
            _l("Full name"),
            hint=_l("As on the KTP; one word is enough. Leave empty if nobody knows the name."),
            personal=True,
        ),
    )
    alias: Mapped[str | None] = mapped_column(
        Line(120), info=column_info(_l("Nickname or alias"), personal=True)
    )
    system_number: Mapped[str | None] = mapped_column(
        Line(20), info=column_info(_l("Number without a name"), internal=True)
    )
    """Year and number of a client registered without a name (2026-003); kept when the name is found."""
    nik: Mapped[str | None] = mapped_column(
        Line(TYPED_NUMBER_LENGTH),
        info=column_info(
            _l("NIK"), hint=_l("16 digits. Spaces, dots and dashes do not matter."), masked=True
        ),
    )
    nik_note: Mapped[str | None] = mapped_column(
        Line(300),
        info=column_info(
            _l("Reason when the NIK does not match"),
            hint=_l("Only needed when the portal says that NIK or date of birth does not match."),
            personal=True,
        ),
    )
    """Why a NIK or birth date that does not match was saved nevertheless."""
    nik_in_check: Mapped[bool] = mapped_column(default=False, info=column_info(internal=True))
    """Whether a client hidden from the saving user has the same NIK. No page, file or audit book shows it."""
    no_kk: Mapped[str | None] = mapped_column(
        Line(TYPED_NUMBER_LENGTH),
        info=column_info(_l("No. KK"), hint=_l("16 digits, from the family card."), masked=True),
    )
    identity_status: Mapped[ch.IdentityStatus] = mapped_column(
        enum_type(ch.IdentityStatus),
        default=ch.IdentityStatus.stated,
        index=True,
        info=column_info(_l("Identity")),
    )
    no_nik_reason: Mapped[ch.NoNikReason | None] = mapped_column(
        enum_type(ch.NoNikReason),
        info=column_info(
            _l("Why there is no NIK"),
            hint=_l("Needed when the identity is neither verified nor stated by the client."),
        ),
    )
    features: Mapped[str | None] = mapped_column(
        Prose,
        info=column_info(
            _l("How to recognise the person"),
            hint=_l("For people without papers: build, clothes, estimated age, where they were found."),
            personal=True,
        ),
    )
    """How to recognise a person without papers, and where they were found."""
    sex: Mapped[ch.Sex] = mapped_column(
        enum_type(ch.Sex), default=ch.Sex.unknown, info=column_info(_l("Sex"), personal=True), index=True
    )
    birth_place: Mapped[str | None] = mapped_column(
        Line(120), info=column_info(_l("Place of birth"), personal=True)
    )
    birth_date: Mapped[date | None] = mapped_column(
        info=column_info(
            _l("Date of birth"),
            hint=_l("Only the year or an estimate? Enter 1 January and say so beside it."),
            personal=True,
        )
    )
    birth_date_precision: Mapped[ch.BirthDatePrecision] = mapped_column(
        enum_type(ch.BirthDatePrecision),
        default=ch.BirthDatePrecision.exact,
        info=column_info(_l("How sure is the date of birth")),
    )
    marital_status: Mapped[ch.MaritalStatus | None] = mapped_column(
        enum_type(ch.MaritalStatus), info=column_info(_l("Marital status"), personal=True)
    )
    occupation: Mapped[str | None] = mapped_column(
        Line(120), info=column_info(_l("Occupation"), personal=True)
    )
    phone: Mapped[str | None] = mapped_column(
        Phone,
        info=column_info(_l("Phone"), hint=_l("For example 0811-5413-355, or 0548-21234."), masked=True),
    )
    phone_owner: Mapped[ch.PhoneOwner | None] = mapped_column(
        enum_type(ch.PhoneOwner), info=column_info(_l("Whose phone"), personal=True)
    )
    safe_to_contact: Mapped[ch.SafeToContact | None] = mapped_column(
        enum_type(ch.SafeToContact),
        info=column_info(
            _l("Safe to contact"),
            hint=_l("Could somebody dangerous answer this phone, or that of parent or guardian?"),
            personal=True,
        ),
    )
    contact_note: Mapped[str | None] = mapped_column(
        Line(300),
        info=column_info(
            _l("Note on contacting"),
            hint=_l("For example: only after 16.00, ask for Ibu Sari."),
            personal=True,
        ),
    )
    landmark: Mapped[str | None] = mapped_column(Line(200), info=column_info(_l("Landmark"), personal=True))
    household_id: Mapped[int | None] = mapped_column(
        ForeignKey("household.id", ondelete="RESTRICT"), index=True
    )
    household_role: Mapped[ch.HouseholdRole | None] = mapped_column(
        enum_type(ch.HouseholdRole), info=column_info(_l("Role in the household"), personal=True)
    )
    guardian_name: Mapped[str | None] = mapped_column(
        Line(120),
        info=column_info(
            _l("Parent or guardian"),
            hint=_l("For everybody under 18 and whoever cannot decide alone."),
            personal=True,
        ),
    )
    guardian_phone: Mapped[str | None] = mapped_column(
        Phone, info=column_info(_l("Phone of parent or guardian"), masked=True)
    )
    dtsen_status: Mapped[ch.DtsenStatus] = mapped_column(
        enum_type(ch.DtsenStatus), default=ch.DtsenStatus.not_checked, info=column_info(_l("DTSEN"))
    )
    dtsen_decile: Mapped[int | None] = mapped_column(
        info=column_info(_l("DTSEN decile"), hint=_l("1 to 10, as the DTSEN check shows it."), personal=True)
    )
    search_text: Mapped[str | None] = mapped_column(Text, info=column_info(personal=True, internal=True))
    archived_at: Mapped[datetime | None] = mapped_column(info=column_info(_l("Archived on"), internal=True))
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("client.id", ondelete="RESTRICT"), index=True, info=column_info(internal=True)
    )

    household: Mapped[Household | None] = relationship(
        back_populates="members",
        foreign_keys=[household_id],
        info=column_info(_l("Household"), hint=_l("Type a name, an address or a No. KK.")),
    )
    merged_into: Mapped["Client | None"] = relationship(
        remote_side="Client.id",
        foreign_keys=[merged_into_id],
        info=column_info(_l("Merged into"), internal=True),
    )
    consents: Mapped[list["Consent"]] = relationship(back_populates="client", viewonly=True)

    @hybrid_property
    @labelled(_l("Full name"))
    def label(self) -> str:
        """Name, or the number of an unidentified client; sorted by the name."""
        return self.name or _("Unidentified #%(number)s", number=self.system_number)

    @label.inplace.expression
    @classmethod
    def _label_expression(cls) -> ColumnElement[str | None]:
        return cls.name.expression

    @property
    def state(self) -> ch.ClientState:
        """State, computed from `archived_at`."""
        return ch.ClientState.archived if self.archived_at else ch.ClientState.active

    @property
    @labelled(_l("Age"))
    def age(self) -> str | None:
        """Age today, in words."""
        exact = self.birth_date_precision is ch.BirthDatePrecision.exact
        return format_age(self.birth_date, clock.today(), exact=exact) if self.birth_date else None

    @property
    @labelled(_l("Date of birth"))
    def birth_date_text(self) -> str | None:
        """Birth date, with its precision unless it is exact."""
        if self.birth_date is None:
            return None
        is_exact = self.birth_date_precision is ch.BirthDatePrecision.exact
        return format_day(self.birth_date) + ("" if is_exact else f" · {self.birth_date_precision.value}")

    @property
    @labelled(_l("To be checked"))
    def review_notes(self) -> str | None:
        """Sentences about saved data that somebody should check, or None."""
        notes = list_nik_mismatches(self.nik, self.sex, self.birth_date, self.birth_date_precision)
        if self.is_minor and not self.guardian_name:
            notes.append(_("Under 18, but no parent or guardian is named."))
        return " ".join(notes) or None

    @property
    def withdrawn_service_consent(self) -> "Consent | None":
        """The last withdrawn consent to the office's service; None while one is in force."""
        consents = [consent for consent in self.consents if consent.purpose is ch.ConsentPurpose.service]
        withdrawn = [
            (consent.withdrawn_at, consent) for consent in consents if consent.withdrawn_at is not None
        ]
        return max(withdrawn, key=lambda pair: pair[0])[1] if len(withdrawn) == len(consents) > 0 else None

    @property
    def detailed_label(self) -> str:
        """Label, age and kelurahan, to tell apart two people of the same name."""
        ward = self.kelurahan.name if self.kelurahan else None
        return " · ".join(filter(None, (self.label, self.age, ward)))

    @property
    def is_minor(self) -> bool:
        """Whether the client is known to be under 18."""
        return self.birth_date is not None and compute_age(self.birth_date, clock.today()) < ADULT_AGE_YEARS

    def __str__(self) -> str:
        return self.label


class Consent(Entity):
    """Consent given by a client or their guardian: purpose, method, day, version of the text."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("method <> 'exception' OR exception_reason IS NOT NULL", name="exception"),
        CheckConstraint("method <> 'guardian' OR given_by IS NOT NULL", name="guardian"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawal_reason IS NULL)", name="withdrawal"),
        Index("ix_consent_purpose", "purpose", "given_on", "id"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="RESTRICT"), index=True)
    purpose: Mapped[ch.ConsentPurpose] = mapped_column(
        enum_type(ch.ConsentPurpose), info=column_info(_l("Purpose"))
    )
    method: Mapped[ch.ConsentMethod] = mapped_column(
        enum_type(ch.ConsentMethod),
        info=column_info(
            _l("How it was given"),
            hint=_l("For somebody under 18 a parent or guardian decides, unless one of them is the danger."),
        ),
    )
    text_version: Mapped[str | None] = mapped_column(
        Line(40),
        info=column_info(
            _l("Version of the text"), hint=_l("Stands at the foot of the form. Empty: the form of today.")
        ),
    )
    given_by: Mapped[str | None] = mapped_column(
        Line(120),
        info=column_info(
            _l("Given by"), hint=_l("Leave empty when the client gave it in person."), personal=True
        ),
    )
    given_on: Mapped[date] = mapped_column(default=clock.today, index=True, info=column_info(_l("Given on")))
    exception_reason: Mapped[str | None] = mapped_column(
        Prose,
        info=column_info(
            _l("Why there is no consent yet"),
            hint=_l("For example: unconscious, in danger, the guardian is the accused."),
            personal=True,
        ),
    )
    withdrawn_at: Mapped[datetime | None] = mapped_column(info=column_info(_l("Withdrawn at")))
    withdrawal_reason: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Why it was withdrawn"), personal=True)
    )
    scan: Mapped[str | None] = mapped_column(UploadedFile, info=column_info(_l("Scan or photo of the form")))

    client: Mapped[Client] = relationship(back_populates="consents", info=column_info(_l("Client")))

    @property
    @labelled(_l("State"))
    def state(self) -> ch.ConsentState:
        """State, computed from `withdrawn_at`."""
        return ch.ConsentState.withdrawn if self.withdrawn_at else ch.ConsentState.in_force

    @property
    def label(self) -> str:
        """Purpose and day of the consent."""
        return f"{self.purpose.value}, {format_day(self.given_on)}"

    def __str__(self) -> str:
        return self.label
