"""Model of a referral: one need of a case, sent to one partner, until the client confirms the result."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import Timing, Urgency
from app.cases.models.entries import Entry
from app.clients.models.client import Client, Consent
from app.core import clock
from app.db.column_info import column_info, labelled
from app.db.model import partial_index
from app.db.types import Instant, Line, PlainJSON, Prose, enum_type
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
    __labels__ = {"created_at": _l("Drafted at")}
    __hints__ = {"case": _l("Type the number of the case.")}

    number: Mapped[str] = mapped_column(Line(20), info=column_info(_l("No.")))
    letter_number: Mapped[str | None] = mapped_column(Line(60), info=column_info(_l("Number of the letter")))
    """Assigned at sending; a cancelled letter keeps its number."""
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id", ondelete="RESTRICT"))
    need_kind_id: Mapped[int] = mapped_column(ForeignKey("need_kind.id", ondelete="RESTRICT"))
    request: Mapped[str] = mapped_column(
        Prose,
        info=column_info(
            _l("What the partner is asked to do"),
            hint=_l("One or two sentences: what, for whom, by when. It always goes out."),
            personal=True,
        ),
    )
    """What the partner is asked to do; always part of the letter."""
    urgency: Mapped[Urgency] = mapped_column(
        enum_type(Urgency), default=Urgency.ordinary, info=column_info(_l("Urgency"))
    )
    state: Mapped[ReferralState] = mapped_column(
        enum_type(ReferralState), default=ReferralState.draft, info=column_info(_l("State"))
    )
    due_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Due")))
    """Due time of the next step; NULL: no time limit. Overdue is computed, never stored."""
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the overdue event of the present time limit was recorded; a new time limit clears it."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    """User of the office who must act next; NULL: it is not the office's turn."""
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id", ondelete="RESTRICT"))

    shared_fields: Mapped[list[str]] = mapped_column(
        PlainJSON, default=list, info=column_info(_l("What the partner may know"))
    )
    """Codes of `SharedField` that are shared with the partner."""
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consent.id", ondelete="RESTRICT"), index=True)
    """The consent on which it was sent; NULL: a draft, or sent on a legal basis."""
    legal_basis: Mapped[LegalBasis | None] = mapped_column(
        enum_type(LegalBasis),
        info=column_info(
            _l("Legal basis, when there is no consent"),
            hint=_l("Empty: the client's consent to share data counts."),
        ),
    )
    legal_reason: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Reason of the legal basis"), personal=True)
    )

    sent_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Sent at")))
    responded_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("First answer at")))
    """Time of the partner's first answer."""
    started_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Begun at")))
    completed_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Told to be done at")))
    completed_on: Mapped[date | None] = mapped_column(
        info=column_info(_l("Done on"), hint=_l("The day on which the partner did it."))
    )
    """Day on which the work was done, as the partner states it."""
    result: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("What was done"), personal=True))
    """What was done, as the partner states it."""
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Confirmed at")))
    outcome: Mapped[Outcome | None] = mapped_column(
        enum_type(Outcome), info=column_info(_l("What the client says"))
    )
    confirmed_how: Mapped[str | None] = mapped_column(
        Line(120),
        info=column_info(
            _l("How the client was asked"), hint=_l("For example: home visit, phone."), personal=True
        ),
    )
    confirmed_by: Mapped[str | None] = mapped_column(
        Line(120),
        info=column_info(_l("Who said so"), hint=_l("For example: the client, the mother."), personal=True),
    )
    unreachable_reason: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("What was tried"), personal=True)
    )
    """What was tried when the client could not be reached."""
    declined_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Declined at")))
    decline_reason: Mapped[Refusal | None] = mapped_column(
        enum_type(Refusal), info=column_info(_l("Why it is declined"))
    )
    declined_by: Mapped[DeclinedBy | None] = mapped_column(
        enum_type(DeclinedBy), info=column_info(_l("Who declines"))
    )
    decline_note: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("What was said"), personal=True)
    )
    may_refer_again: Mapped[bool | None] = mapped_column(info=column_info(_l("May be referred again")))
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Cancelled at")))
    cancelled_reason: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Why it was cancelled"), personal=True)
    )
    search_text: Mapped[str | None] = mapped_column(Text, info=column_info(internal=True))

    client: Mapped[Client] = relationship(
        secondary="case_file",
        primaryjoin="Referral.case_id == Case.id",
        secondaryjoin="Case.client_id == Client.id",
        viewonly=True,
        info=column_info(_l("Client")),
    )
    partner: Mapped[Partner] = relationship(
        info=column_info(
            _l("Partner"), hint=_l("Empty: the one that offers it, covers the kelurahan and answers fastest.")
        )
    )
    need_kind: Mapped[NeedKind] = relationship(
        info=column_info(_l("Need"), hint=_l("One need for each referral; another need is another referral."))
    )
    owner: Mapped[PortalUser | None] = relationship(foreign_keys=[owner_id])
    consent: Mapped[Consent | None] = relationship(info=column_info(_l("Consent it was sent on")))
    previous: Mapped["Referral | None"] = relationship(
        remote_side="Referral.id",
        foreign_keys=[previous_id],
        back_populates="following",
        info=column_info(_l("Follows")),
    )
    following: Mapped["Referral | None"] = relationship(
        back_populates="previous", uselist=False, info=column_info(_l("Referred on by"))
    )
    documents: Mapped[list[Any]] = relationship(
        "ReferralDocument",
        back_populates="referral",
        order_by="ReferralDocument.id",
        cascade="all, delete-orphan",
    )
    messages: Mapped[list[Any]] = relationship(
        "ReferralMessage", back_populates="referral", order_by="ReferralMessage.id", viewonly=True
    )
    links: Mapped[list[Any]] = relationship(
        "ReferralLink", back_populates="referral", order_by="ReferralLink.id", viewonly=True
    )

    disclosures: Mapped[list[Any]] = relationship(
        "ReferralDisclosure", back_populates="referral", order_by="ReferralDisclosure.id"
    )

    @property
    def disclosure(self) -> Any:
        """Return the newest disclosure, which the partner may read. None: nothing was sent or stored."""
        return self.disclosures[-1] if self.disclosures else None

    @property
    def turn(self) -> Turn:
        """Return the party that must act next; while the partner waits for a document it is the office."""
        if self.owner_id is not None:
            return Turn.office
        return Turn.partner if self.state.name in STATES_WITH_PARTNER else Turn.nobody

    @property
    @labelled(_l("Responsible in the office"))
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
    @labelled(_l("Time left"))
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
    def answer(self) -> Any:
        """Return the message of the partner's first answer, or None."""
        kinds = (MessageKind.accept, MessageKind.decline)
        return next((message for message in self.messages if message.kind in kinds), None)

    @property
    def label(self) -> str:
        """Return the number; a name would disclose more than a list may show."""
        return self.number

    @property
    @labelled(_l("Need and partner"))
    def headline(self) -> str:
        """Return need and partner."""
        return f"{self.need_kind} · {self.partner}"

    @property
    def title(self) -> str:
        """Return number, need and partner."""
        return f"{self.number} · {self.need_kind} · {self.partner}"

    def __str__(self) -> str:
        return self.number
