"""Aid: what a client received, from whom, and the evidence of the handover."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint
from sqlalchemy import case as either
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.aid.transitions import AidKind, AidState
from app.cases.models.entries import Entry
from app.core.formats import format_rupiah
from app.db.column_info import column_info, labelled
from app.db.types import Instant, Line, Prose, Rupiah, UploadedFile, enum_type
from app.grants.models.money import Expenditure
from app.partners.models import Partner
from app.referrals.models.referral import Referral
from app.security.models import PortalUser


class Aid(Entry):
    """Cash or goods for the client of a case, from a grant or from a partner.

    A partner's aid is never on our budget.
    """

    __tablename__ = "aid"
    __table_args__ = (
        UniqueConstraint("handover_number"),
        CheckConstraint("value > 0", name="value"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("kind <> 'cash' OR value IS NOT NULL", name="cash_value"),
        CheckConstraint("(expenditure_id IS NULL) <> (partner_id IS NULL)", name="giver"),
        CheckConstraint(
            "(state = 'handed_over') = (handed_over_at IS NOT NULL)"
            " AND (state = 'handed_over') = (handover_number IS NOT NULL)",
            name="handed_over",
        ),
        CheckConstraint("state <> 'cancelled' OR reason IS NOT NULL", name="reason"),
        Index("ix_aid_case_id", "case_id", "id"),
        Index("ix_aid_handed_over_at", "handed_over_at", "id"),
        Index("ix_aid_state", "state", "handed_over_at", "id"),
        Index("ix_aid_kind", "kind", "handed_over_at", "id"),
    )
    __constraint_messages__ = {
        "uq_aid_expenditure_id": (None, _l("This spending belongs to other aid already.")),
        "ck_aid_value": ("value", _l("The amount must be more than zero.")),
        "ck_aid_quantity": ("quantity", _l("Say how many: one or more.")),
        "ck_aid_cash_value": ("value", _l("Say how much money it is.")),
    }

    kind: Mapped[AidKind] = mapped_column(enum_type(AidKind), info=column_info(_l("Kind")))
    item: Mapped[str] = mapped_column(
        Line(120),
        info=column_info(
            _l("What is given"),
            hint=_l("In a few words; the timeline says it: write no names."),
            personal=True,
        ),
    )
    """Description in a few words, without a name: the timeline shows it."""
    quantity: Mapped[int] = mapped_column(default=1, info=column_info(_l("Quantity")))
    value: Mapped[int | None] = mapped_column(
        Rupiah,
        info=column_info(
            _l("Value"),
            hint=_l("Whole rupiah, of all of it together. Of goods from a partner it may be unknown."),
        ),
    )
    """Rupiah for the whole quantity; may be unknown for goods."""
    state: Mapped[AidState] = mapped_column(
        enum_type(AidState), default=AidState.planned, info=column_info(_l("State"))
    )
    expenditure_id: Mapped[int | None] = mapped_column(
        ForeignKey("expenditure.id", ondelete="RESTRICT"), unique=True
    )
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id", ondelete="RESTRICT"), index=True)
    referral_id: Mapped[int | None] = mapped_column(
        ForeignKey("referral.id", ondelete="RESTRICT"), index=True
    )
    handover_number: Mapped[str | None] = mapped_column(
        Line(40), info=column_info(_l("Handover certificate (BAST)"))
    )
    handed_over_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Handed over at")))
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    """User who handed it over to the client."""
    received_by: Mapped[str | None] = mapped_column(
        Line(120),
        info=column_info(
            _l("Received by"), hint=_l("The client, or who receives it for the client."), personal=True
        ),
    )
    evidence: Mapped[str | None] = mapped_column(
        UploadedFile,
        info=column_info(
            _l("Signed certificate or photo"),
            hint=_l("PDF, JPEG, PNG, WebP, HEIC, DOCX or XLSX, at most 10 MB. It may follow later."),
        ),
    )
    again_reason: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Other aid: what was checked, and why this aid is given"), personal=True)
    )
    """Result of the check for other aid, and why this aid is given all the same."""
    reason: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Why it was cancelled"), personal=True)
    )
    """Why it was cancelled."""

    expenditure: Mapped[Expenditure | None] = relationship(info=column_info(_l("Spending for it")))
    partner: Mapped[Partner | None] = relationship(
        info=column_info(
            _l("From a partner"),
            hint=_l("What a partner gives is never on our budget; it counts as help that was found."),
        )
    )
    referral: Mapped[Referral | None] = relationship(
        info=column_info(
            _l("From a referral"),
            hint=_l("When it comes from a referral: handing it over completes the referral."),
        )
    )
    handler: Mapped[PortalUser | None] = relationship(
        foreign_keys=[handler_id], info=column_info(_l("Handed over by"))
    )

    @property
    @labelled(_l("Aid"))
    def label(self) -> str:
        """Quantity, if more than one, and item."""
        quantity_prefix = f"{self.quantity} " if self.quantity > 1 else ""
        return f"{quantity_prefix}{self.item}"

    @property
    @labelled(_l("From whom"))
    def giver(self) -> object:
        """Partner or grant that gives the aid."""
        return self.partner if self.expenditure is None else self.expenditure.grant

    @property
    def handed_over_by(self) -> str:
        """Full name of the user who handed it over, or an empty text."""
        return "" if self.handler is None else self.handler.full_name

    @property
    def value_text(self) -> str | None:
        """Value, formatted; None if it is unknown."""
        return None if self.value is None else format_rupiah(self.value)

    @hybrid_property
    def mobilised_amount(self) -> int:
        """Rupiah that a partner gave beside our budget; zero before the handover."""
        is_counted = self.partner_id is not None and self.state is AidState.handed_over
        return (self.value or 0) if is_counted else 0

    @mobilised_amount.inplace.expression
    @classmethod
    def _mobilised_amount(cls) -> ColumnElement[int]:
        is_counted = (
            cls.partner_id.is_not(None) & (cls.state == AidState.handed_over) & cls.value.is_not(None)
        )
        return either((is_counted, cls.value), else_=0)

    @hybrid_property
    def counted_amount(self) -> int:
        """Rupiah that the client received, whoever gave it; zero before the handover."""
        return (self.value or 0) if self.state is AidState.handed_over else 0

    @counted_amount.inplace.expression
    @classmethod
    def _counted_amount(cls) -> ColumnElement[int]:
        is_counted = (cls.state == AidState.handed_over) & cls.value.is_not(None)
        return either((is_counted, cls.value), else_=0)

    def __str__(self) -> str:
        return self.label
