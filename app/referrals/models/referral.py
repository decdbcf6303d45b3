"""A referral: one need of a case, asked of one partner, until the client has said what came of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import Timing, Urgency
from app.cases.models.entries import Entry
from app.clients.models.client import Client, Consent
from app.core import clock
from app.db.model import partial_index
from app.db.types import Instant, Line, PlainJSON, Prose, enum_type, personal_info
from app.partners.models import Partner
from app.reference.models import NeedKind
from app.referrals.enums import (
    DeclinedBy,
    LegalBasis,
    MessageKind,
    Outcome,
    ReferralState,
    Refusal,
    SharedField,
    Step,
    Turn,
)
from app.referrals.transitions import LIVE_STATES, STATES_WITH_PARTNER, STEP_BY_STATE
from app.security.models import PortalUser

if TYPE_CHECKING:
    from app.referrals.models.disclosure import ReferralDisclosure
    from app.referrals.models.exchange import ReferralDocument, ReferralLink, ReferralMessage

_ONE_MICROSECOND = timedelta(microseconds=1)
_IS_SENT_SQL = "state IN ('sent', 'accepted', 'in_service', 'completed', 'closed', 'declined')"


class Referral(Entry):
    """The office, a partner and a client: what was asked, whose turn it is, and what came of it."""

    __tablename__ = "referral"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("letter_number"),
        UniqueConstraint("previous_id"),
        CheckConstraint(f"sent_at IS NOT NULL OR NOT ({_IS_SENT_SQL})", name="sent"),
        CheckConstraint("(state = 'closed') = (confirmed_at IS NOT NULL)", name="confirmed"),
        CheckConstraint("(state = 'declined') = (declined_at IS NOT NULL)", name="declined"),
        CheckConstraint("(state = 'declined') = (decline_reason IS NOT NULL)", name="decline_reason_given"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
        CheckConstraint("(legal_basis IS NULL) = (legal_reason IS NULL)", name="legal_basis_reason"),
        # One live referral of a need to a partner; drafts may be weighed beside it.
        partial_index(
            "state IN ('sent', 'accepted', 'in_service', 'completed')",
            "uq_referral_live",
            "case_id",
            "partner_id",
            "need_kind_id",
            unique=True,
        ),
        Index("ix_referral_case_id", "case_id", "id"),
        Index("ix_referral_partner_id", "partner_id", "state", "responded_at"),
        Index("ix_referral_partner_id_sent_at", "partner_id", "sent_at", "id"),
        Index("ix_referral_state", "state", "due_at", "id"),
        Index("ix_referral_need_kind_id", "need_kind_id"),
        Index("ix_referral_created_at", "created_at", "id"),
        Index("ix_referral_due_at", "due_at", "id"),
        partial_index("owner_id IS NOT NULL", "ix_referral_owner_id", "owner_id", "due_at"),
    )
    __constraint_messages__ = {
        "uq_referral_live": (
            "partner",
            _l("A referral of this need to this partner is under way already."),
        ),
        "uq_referral_previous_id": ("partner", _l("This referral was referred on already.")),
    }

    number: Mapped[str] = mapped_column(Line(20))
    letter_number: Mapped[str | None] = mapped_column(Line(60))
    """Given when it is sent; a cancelled letter keeps its number."""
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id", ondelete="RESTRICT"))
    need_kind_id: Mapped[int] = mapped_column(ForeignKey("need_kind.id", ondelete="RESTRICT"))
    request: Mapped[str] = mapped_column(Prose, info=personal_info())
    """What the partner is asked to do; it always goes out."""
    urgency: Mapped[Urgency] = mapped_column(enum_type(Urgency), default=Urgency.ordinary)
    state: Mapped[ReferralState] = mapped_column(enum_type(ReferralState), default=ReferralState.draft)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    """Until when the next step is due; being overdue is computed, never stored."""
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the present breach was told; a new clock clears it."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    """Who in the office must act next; NULL: it is not the office's turn."""
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id", ondelete="RESTRICT"))

    shared_fields: Mapped[list[str]] = mapped_column(PlainJSON, default=list)
    """Codes of `SharedField`: what may leave the house."""
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consent.id", ondelete="RESTRICT"), index=True)
    """The consent it was sent on; NULL: on a legal basis."""
    legal_basis: Mapped[LegalBasis | None] = mapped_column(enum_type(LegalBasis))
    legal_reason: Mapped[str | None] = mapped_column(Prose, info=personal_info())

    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    responded_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the partner answered first."""
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    completed_on: Mapped[date | None]
    """The day on which it was done, as the partner says."""
    result: Mapped[str | None] = mapped_column(Prose, info=personal_info())
    """What was done, as the partner says."""
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[Outcome | None] = mapped_column(enum_type(Outcome))
    confirmed_how: Mapped[str | None] = mapped_column(Line(120), info=personal_info())
    confirmed_by: Mapped[str | None] = mapped_column(Line(120), info=personal_info())
    unreachable_reason: Mapped[str | None] = mapped_column(Prose, info=personal_info())
    """What was tried when the client could not be asked."""
    declined_at: Mapped[datetime | None] = mapped_column(Instant)
    decline_reason: Mapped[Refusal | None] = mapped_column(enum_type(Refusal))
    declined_by: Mapped[DeclinedBy | None] = mapped_column(enum_type(DeclinedBy))
    decline_note: Mapped[str | None] = mapped_column(Prose, info=personal_info())
    may_refer_again: Mapped[bool | None]
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_reason: Mapped[str | None] = mapped_column(Prose, info=personal_info())
    search_text: Mapped[str | None] = mapped_column(Text)

    client: Mapped[Client] = relationship(
        secondary="case_file",
        primaryjoin="Referral.case_id == Case.id",
        secondaryjoin="Case.client_id == Client.id",
        viewonly=True,
    )
    partner: Mapped[Partner] = relationship()
    need_kind: Mapped[NeedKind] = relationship()
    owner: Mapped[PortalUser | None] = relationship(foreign_keys=[owner_id])
    consent: Mapped[Consent | None] = relationship()
    previous: Mapped["Referral | None"] = relationship(
        remote_side="Referral.id", foreign_keys=[previous_id], back_populates="following"
    )
    following: Mapped["Referral | None"] = relationship(back_populates="previous", uselist=False)
    documents: Mapped[list["ReferralDocument"]] = relationship(
        back_populates="referral", order_by="ReferralDocument.id", cascade="all, delete-orphan"
    )
    messages: Mapped[list["ReferralMessage"]] = relationship(
        back_populates="referral", order_by="ReferralMessage.id", viewonly=True
    )
    links: Mapped[list["ReferralLink"]] = relationship(
        back_populates="referral", order_by="ReferralLink.id", viewonly=True
    )

    disclosures: Mapped[list["ReferralDisclosure"]] = relationship(
        back_populates="referral", order_by="ReferralDisclosure.id"
    )

    @property
    def disclosure(self) -> "ReferralDisclosure | None":
        """The newest disclosure: what the partner may read. None: nothing was sent, or nothing was kept."""
        return self.disclosures[-1] if self.disclosures else None

    @property
    def turn(self) -> Turn:
        """Who must act next; a partner that waits for a document has given the turn back."""
        if self.owner_id is not None:
            return Turn.office
        return Turn.partner if self.state.name in STATES_WITH_PARTNER else Turn.nobody

    @property
    def responsible(self) -> PortalUser | None:
        """Who in the office sees to it: the peksos of the case, as the case stands today."""
        return self.case.worker or self.owner

    @property
    def step(self) -> Step | None:
        """What is waited for; None: no clock runs."""
        return STEP_BY_STATE.get(self.state) if self.due_at is not None else None

    @property
    def is_disputed(self) -> bool:
        """Whether it was called done once, and the client said that it is not."""
        told = any(message.kind is MessageKind.complete for message in self.messages)
        return told and self.state is ReferralState.in_service

    @property
    def is_overdue(self) -> bool:
        """Whether the next step is late."""
        return self.due_at is not None and self.due_at <= clock.now()

    @property
    def timing(self) -> Timing | None:
        """Overdue, today or later; None while no clock runs."""
        if self.due_at is None:
            return None
        if self.is_overdue:
            return Timing.overdue
        last = (self.due_at - _ONE_MICROSECOND).astimezone(clock.WITA).date()
        return Timing.today if last == clock.today() else Timing.upcoming

    @property
    def is_live(self) -> bool:
        """Whether the loop is still open."""
        return self.state.name in LIVE_STATES

    @property
    def ordered_shared_fields(self) -> Sequence[SharedField]:
        """What may leave the house, in the order of the letter."""
        return [field for field in SharedField if field.name in self.shared_fields]

    @property
    def answer(self) -> "ReferralMessage | None":
        """The partner's first answer."""
        kinds = (MessageKind.accept, MessageKind.decline)
        return next((message for message in self.messages if message.kind in kinds), None)

    @property
    def label(self) -> str:
        """Its number; a name would tell more than a list may."""
        return self.number

    @property
    def headline(self) -> str:
        """Need and partner."""
        return f"{self.need_kind} · {self.partner}"

    @property
    def title(self) -> str:
        """Number, need and partner."""
        return f"{self.number} · {self.need_kind} · {self.partner}"

    def __str__(self) -> str:
        return self.number
