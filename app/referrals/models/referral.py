"""Model of a referral: one need of a case, sent to one partner, until the client confirms the result."""

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
    """A referral of a client to a partner: request, state, owner of the next step, result."""

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
        # One live referral of a need to a partner; drafts may exist beside it.
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
    """Assigned at sending; a cancelled letter keeps its number."""
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id", ondelete="RESTRICT"))
    need_kind_id: Mapped[int] = mapped_column(ForeignKey("need_kind.id", ondelete="RESTRICT"))
    request: Mapped[str] = mapped_column(Prose, info=personal_info())
    """What the partner is asked to do; always part of the letter."""
    urgency: Mapped[Urgency] = mapped_column(enum_type(Urgency), default=Urgency.ordinary)
    state: Mapped[ReferralState] = mapped_column(enum_type(ReferralState), default=ReferralState.draft)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    """Due time of the next step; NULL: no time limit. Overdue is computed, never stored."""
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the overdue event of the present time limit was recorded; a new time limit clears it."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    """User of the office who must act next; NULL: it is not the office's turn."""
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id", ondelete="RESTRICT"))

    shared_fields: Mapped[list[str]] = mapped_column(PlainJSON, default=list)
    """Codes of `SharedField` that are shared with the partner."""
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consent.id", ondelete="RESTRICT"), index=True)
    """The consent on which it was sent; NULL: a draft, or sent on a legal basis."""
    legal_basis: Mapped[LegalBasis | None] = mapped_column(enum_type(LegalBasis))
    legal_reason: Mapped[str | None] = mapped_column(Prose, info=personal_info())

    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    responded_at: Mapped[datetime | None] = mapped_column(Instant)
    """Time of the partner's first answer."""
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    completed_on: Mapped[date | None]
    """Day on which the work was done, as the partner states it."""
    result: Mapped[str | None] = mapped_column(Prose, info=personal_info())
    """What was done, as the partner states it."""
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[Outcome | None] = mapped_column(enum_type(Outcome))
    confirmed_how: Mapped[str | None] = mapped_column(Line(120), info=personal_info())
    confirmed_by: Mapped[str | None] = mapped_column(Line(120), info=personal_info())
    unreachable_reason: Mapped[str | None] = mapped_column(Prose, info=personal_info())
    """What was tried when the client could not be reached."""
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
        """Return the newest disclosure, which the partner may read. None: nothing was sent or stored."""
        return self.disclosures[-1] if self.disclosures else None

    @property
    def turn(self) -> Turn:
        """Return the party that must act next; while the partner waits for a document it is the office."""
        if self.owner_id is not None:
            return Turn.office
        return Turn.partner if self.state.name in STATES_WITH_PARTNER else Turn.nobody

    @property
    def responsible(self) -> PortalUser | None:
        """Return the responsible user: the present worker of the case or, if it has none, the owner."""
        return self.case.worker or self.owner

    @property
    def step(self) -> Step | None:
        """Return the step whose time limit runs; None: no time limit."""
        return STEP_BY_STATE.get(self.state) if self.due_at is not None else None

    @property
    def is_disputed(self) -> bool:
        """Return whether the partner reported it done and the client said that it is not."""
        was_reported_done = any(message.kind is MessageKind.complete for message in self.messages)
        return was_reported_done and self.state is ReferralState.in_service

    @property
    def is_overdue(self) -> bool:
        """Return whether the due time of the next step has passed."""
        return self.due_at is not None and self.due_at <= clock.now()

    @property
    def timing(self) -> Timing | None:
        """Return overdue, today (WITA) or upcoming; None without a time limit."""
        if self.due_at is None:
            return None
        if self.is_overdue:
            return Timing.overdue
        # A step due at midnight is due on the day before.
        due_day = (self.due_at - _ONE_MICROSECOND).astimezone(clock.WITA).date()
        return Timing.today if due_day == clock.today() else Timing.upcoming

    @property
    def is_live(self) -> bool:
        """Return whether the referral is still open (`LIVE_STATES`)."""
        return self.state.name in LIVE_STATES

    @property
    def ordered_shared_fields(self) -> Sequence[SharedField]:
        """Return the shared fields in the order of the letter."""
        return [field for field in SharedField if field.name in self.shared_fields]

    @property
    def answer(self) -> "ReferralMessage | None":
        """Return the message of the partner's first answer, or None."""
        kinds = (MessageKind.accept, MessageKind.decline)
        return next((message for message in self.messages if message.kind in kinds), None)

    @property
    def label(self) -> str:
        """Return the number; a name would disclose more than a list may show."""
        return self.number

    @property
    def headline(self) -> str:
        """Return need and partner."""
        return f"{self.need_kind} · {self.partner}"

    @property
    def title(self) -> str:
        """Return number, need and partner."""
        return f"{self.number} · {self.need_kind} · {self.partner}"

    def __str__(self) -> str:
        return self.number
