"""Money entries of a grant: disbursements, commitments, expenditures. New entries correct wrong ones."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Text
from sqlalchemy import case as either
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.formats import format_day, format_rupiah
from app.db.column_info import column_info, labelled
from app.db.model import partial_index
from app.db.types import Line, Prose, UploadedFile, enum_type
from app.grants.enums import Purpose
from app.grants.models.entry import CaseEntryMixin, MoneyEntry, build_constraint_messages
from app.grants.transitions import CommitmentState, ExpenditureState

_NO_NAMES_HINT = _l("In a few words. Whoever reads the money reads this: write no names.")
_REASON_HINT = _l("In one or two sentences; it stays on record.")


class Disbursement(MoneyEntry):
    """Money of a grant that arrived, or the reversal of such an entry."""

    __tablename__ = "disbursement"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("reverses_id IS NULL OR reason IS NOT NULL", name="reason"),
        Index("ix_disbursement_grant_id", "grant_id", "id"),
        Index("ix_disbursement_disbursed_on", "disbursed_on", "id"),
    )
    __constraint_messages__ = build_constraint_messages(
        "disbursement",
        fiscal_year=("disbursed_on", _l("This day is not in the fiscal year of the grant.")),
    ) | {"uq_disbursement_reverses_id": (None, _l("This was reversed already."))}

    disbursed_on: Mapped[date] = mapped_column(info=column_info(_l("Arrived on")))
    document_number: Mapped[str | None] = mapped_column(Line(80), info=column_info(_l("Number of the SP2D")))
    posted_on: Mapped[date] = mapped_column(default=clock.today)
    reverses_id: Mapped[int | None] = mapped_column(
        ForeignKey("disbursement.id", ondelete="RESTRICT"), unique=True
    )
    reason: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Reason")))
    """Why it was reversed."""

    reverses: Mapped["Disbursement | None"] = relationship(
        remote_side="Disbursement.id", back_populates="reversal", info=column_info(_l("Reverses"))
    )
    reversal: Mapped["Disbursement | None"] = relationship(
        back_populates="reverses", info=column_info(_l("Reversed by"))
    )

    @property
    @labelled(_l("Disbursement"))
    def label(self) -> str:
        """Day and amount, for links and options."""
        return f"{format_day(self.disbursed_on)} · {format_rupiah(self.counted_amount)}"

    @hybrid_property
    def counted_amount(self) -> int:
        """Rupiah that the entry adds to the sum; negative for a reversal."""
        return self.amount if self.reverses_id is None else -self.amount

    @counted_amount.inplace.expression
    @classmethod
    def _counted_amount(cls) -> ColumnElement[int]:
        return either((cls.reverses_id.is_(None), cls.amount), else_=-cls.amount)

    @property
    @labelled(_l("Amount"))
    def counted_amount_text(self) -> str:
        """Counted amount, formatted."""
        return format_rupiah(self.counted_amount)


class Commitment(CaseEntryMixin, MoneyEntry):
    """Money promised for a purpose: held back until it is spent or released."""

    __tablename__ = "commitment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state <> 'released' OR reason IS NOT NULL", name="reason"),
        Index("ix_commitment_grant_id", "grant_id", "id"),
        Index("ix_commitment_state", "state", "committed_on", "id"),
        Index("ix_commitment_purpose", "purpose", "committed_on", "id"),
        Index("ix_commitment_committed_on", "committed_on", "id"),
        Index("ix_commitment_amount", "amount", "id"),
    )
    __constraint_messages__ = build_constraint_messages(
        "commitment",
        fiscal_year=("committed_on", _l("This day is not in the fiscal year of the grant.")),
        reason=("reason", _l("Say why.")),
    )

    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose), info=column_info(_l("Purpose")))
    description: Mapped[str] = mapped_column(
        Line(200),
        info=column_info(
            _l("What for"),
            hint=_NO_NAMES_HINT,
            personal=True,
        ),
    )
    committed_on: Mapped[date] = mapped_column(default=clock.today, info=column_info(_l("Promised on")))
    state: Mapped[CommitmentState] = mapped_column(
        enum_type(CommitmentState), default=CommitmentState.open, info=column_info(_l("State"))
    )
    reason: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Reason"), hint=_REASON_HINT))
    """Why it was released."""
    search_text: Mapped[str | None] = mapped_column(Text, info=column_info(internal=True))

    @property
    @labelled(_l("Commitment"))
    def title(self) -> str:
        """Name and number of the entry."""
        return str(_("Commitment #%(number)s", number=self.id))

    @property
    def label(self) -> str:
        """Title and amount, for links and options."""
        return f"{self.title} · {format_rupiah(self.amount)}"

    @hybrid_property
    def counted_amount(self) -> int:
        """Rupiah held back; zero once the commitment is spent or released."""
        return self.amount if self.state is CommitmentState.open else 0

    @counted_amount.inplace.expression
    @classmethod
    def _counted_amount(cls) -> ColumnElement[int]:
        return either((cls.state == CommitmentState.open, cls.amount), else_=0)


class Expenditure(CaseEntryMixin, MoneyEntry):
    """Money spent or proposed to be spent. After the approval only the evidence can be added."""

    __tablename__ = "expenditure"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state NOT IN ('rejected', 'reversed') OR reason IS NOT NULL", name="reason"),
        CheckConstraint("state IN ('proposed', 'rejected') OR posted_on IS NOT NULL", name="posted"),
        CheckConstraint("reverses_id IS NULL OR state = 'reversed'", name="reversal"),
        Index("ix_expenditure_grant_id", "grant_id", "state", "id"),
        Index("ix_expenditure_spent_on", "spent_on", "id"),
        Index("ix_expenditure_state", "state", "spent_on", "id"),
        Index("ix_expenditure_purpose", "purpose", "spent_on", "id"),
        Index("ix_expenditure_amount", "amount", "id"),
        partial_index("state = 'approved'", "uq_expenditure_commitment_id", "commitment_id", unique=True),
    )
    __constraint_messages__ = build_constraint_messages(
        "expenditure",
        fiscal_year=("spent_on", _l("This day is not in the fiscal year of the grant.")),
        corrected=(None, _l("No money can be taken from this grant in its present state.")),
        reason=("reason", _l("Say why.")),
    ) | {
        "uq_expenditure_reverses_id": (None, _l("This was reversed already.")),
        "uq_expenditure_commitment_id": ("commitment", _l("This commitment is spent already.")),
    }

    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose), info=column_info(_l("Purpose")))
    spent_on: Mapped[date] = mapped_column(default=clock.today, info=column_info(_l("Spent on")))
    description: Mapped[str] = mapped_column(
        Line(200),
        info=column_info(
            _l("What for"),
            hint=_NO_NAMES_HINT,
            personal=True,
        ),
    )
    commitment_id: Mapped[int | None] = mapped_column(ForeignKey("commitment.id", ondelete="RESTRICT"))
    state: Mapped[ExpenditureState] = mapped_column(
        enum_type(ExpenditureState), default=ExpenditureState.proposed, info=column_info(_l("State"))
    )
    posted_on: Mapped[date | None] = mapped_column(info=column_info(_l("Approved on")))
    """Day of the approval, on which it entered the books."""
    evidence: Mapped[str | None] = mapped_column(
        UploadedFile,
        info=column_info(_l("Receipt"), hint=_l("PDF, JPEG, PNG, WebP, HEIC, DOCX or XLSX, at most 10 MB.")),
    )
    evidence_number: Mapped[str | None] = mapped_column(
        Line(80), info=column_info(_l("Number of the receipt"))
    )
    evidence_on: Mapped[date | None] = mapped_column(info=column_info(_l("Day of the receipt")))
    reverses_id: Mapped[int | None] = mapped_column(
        ForeignKey("expenditure.id", ondelete="RESTRICT"), unique=True
    )
    reason: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Reason"), hint=_REASON_HINT))
    """Why it was rejected or reversed."""
    search_text: Mapped[str | None] = mapped_column(Text, info=column_info(internal=True))

    commitment: Mapped[Commitment | None] = relationship(
        info=column_info(
            _l("Reserved before"),
            hint=_l("Only when the money was reserved before: then it is spent from there."),
        )
    )
    reverses: Mapped["Expenditure | None"] = relationship(
        remote_side="Expenditure.id", back_populates="reversal", info=column_info(_l("Reverses"))
    )
    reversal: Mapped["Expenditure | None"] = relationship(
        back_populates="reverses", info=column_info(_l("Reversed by"))
    )

    @property
    @labelled(_l("Expenditure"))
    def title(self) -> str:
        """Name and number of the entry. What it was for stands on the detail page only."""
        return str(_("Expenditure #%(number)s", number=self.id))

    @property
    def label(self) -> str:
        """Title and amount, for links and options."""
        return f"{self.title} · {format_rupiah(self.amount)}"

    @hybrid_property
    def counted_amount(self) -> int:
        """Rupiah taken from the grant: zero unless the entry is approved and not reversed."""
        return self.amount if self.state is ExpenditureState.approved else 0

    @counted_amount.inplace.expression
    @classmethod
    def _counted_amount(cls) -> ColumnElement[int]:
        return either((cls.state == ExpenditureState.approved, cls.amount), else_=0)

    @property
    def is_missing_evidence(self) -> bool:
        """Whether the expenditure is approved and has no receipt yet."""
        return self.state is ExpenditureState.approved and self.evidence is None
