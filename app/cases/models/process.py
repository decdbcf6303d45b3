"""Models of the work process: assessments, goals of the plan, closures, and corrections of entries."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import ClosingReason, GoalResult, RiskLevel
from app.cases.models.entries import Entry
from app.core import clock
from app.core.formats import format_day, shorten_text
from app.db.column_info import column_info, labelled
from app.db.model import Entity
from app.db.types import Instant, Line, Prose, enum_type
from app.security.models import PortalUser

RISK_BANDS = ((25, RiskLevel.low), (50, RiskLevel.medium), (75, RiskLevel.high), (100, RiskLevel.critical))
"""Highest score of each band, inclusive."""


def get_risk_level(score: int) -> RiskLevel:
    """Return the risk level of a score from 0 to 100."""
    return next(level for max_score, level in RISK_BANDS if score <= max_score)


class Assessment(Entry):
    """Assessment of the problem and its danger; never rewritten, a newer one corrects it."""

    __tablename__ = "assessment"
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        Index("ix_assessment_case_id", "case_id", "happened_at", "id"),
        Index("ix_assessment_happened_at", "happened_at", "id"),
    )
    __constraint_messages__ = {"ck_assessment_score": ("score", _l("Choose a score from 0 to 100."))}

    happened_at: Mapped[datetime] = mapped_column(Instant, default=clock.now, info=column_info(_l("When")))
    score: Mapped[int] = mapped_column(
        info=column_info(
            _l("Score"),
            hint=_l("0 to 100: up to 25 low, up to 50 medium, up to 75 high, above that critical."),
        )
    )
    summary: Mapped[str] = mapped_column(
        Prose,
        info=column_info(
            _l("Summary"), hint=_l("A saved assessment is final; a new one corrects it."), personal=True
        ),
    )
    biological: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Body and health"), personal=True)
    )
    psychological: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Feelings and thoughts"), personal=True)
    )
    social: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Family and surroundings"), personal=True)
    )
    spiritual: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Faith and values"), personal=True)
    )
    strengths: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Strengths and resources"), personal=True)
    )
    recommendation: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("What is recommended"), personal=True)
    )

    @property
    @labelled(_l("Risk"))
    def risk_level(self) -> RiskLevel:
        """Risk level of the score."""
        return get_risk_level(self.score)

    @property
    @labelled(_l("Score and day"))
    def label(self) -> str:
        """Score and day in WITA."""
        return f"{self.score}/100, {format_day(self.happened_at.astimezone(clock.WITA).date())}"

    def __str__(self) -> str:
        return self.label


class PlanGoal(Entry):
    """Goal of the plan: what, by which activity, by whom, until when; and whether it was reached."""

    __tablename__ = "plan_goal"
    __table_args__ = (
        CheckConstraint("(result IS NULL) = (evaluated_at IS NULL)", name="result"),
        Index("ix_plan_goal_case_id", "case_id", "target_on", "id"),
        Index("ix_plan_goal_target_on", "target_on", "id"),
        Index("ix_plan_goal_responsible_id", "responsible_id"),
        Index("ix_plan_goal_result", "result", "target_on", "id"),
    )
    __constraint_messages__ = {"ck_plan_goal_result": ("result", _l("Say what was reached."))}

    goal: Mapped[str] = mapped_column(
        Prose,
        info=column_info(
            _l("Goal"), hint=_l("So that both can tell later whether it was reached."), personal=True
        ),
    )
    activity: Mapped[str] = mapped_column(Prose, info=column_info(_l("What is done for it"), personal=True))
    """What is done to reach the goal."""
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    target_on: Mapped[date] = mapped_column(info=column_info(_l("Until when")))
    result: Mapped[GoalResult | None] = mapped_column(enum_type(GoalResult), info=column_info(_l("Result")))
    result_note: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("What came of it"), personal=True)
    )
    evaluated_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Evaluated at")))

    responsible: Mapped[PortalUser | None] = relationship(
        foreign_keys=[responsible_id],
        info=column_info(_l("Who is responsible"), hint=_l("Empty: the peksos of the case.")),
    )

    @property
    @labelled(_l("Goal"))
    def label(self) -> str:
        """Beginning of the goal, for lists."""
        return shorten_text(self.goal, 90)

    def __str__(self) -> str:
        return self.label


class CaseClosure(Entry):
    """One closure of a case; kept when the case is reopened."""

    __tablename__ = "case_closure"
    __table_args__ = (
        CheckConstraint("(reopened_at IS NULL) = (reopening_reason IS NULL)", name="reopened"),
        Index("ix_case_closure_case_id", "case_id", "id"),
    )
    __title__ = _l("Closure of a case")
    __parent_keys__ = ("case_id",)

    closed_at: Mapped[datetime] = mapped_column(Instant, info=column_info(_l("Closed at")))
    closing_reason: Mapped[ClosingReason] = mapped_column(
        enum_type(ClosingReason), info=column_info(_l("Why it was closed"))
    )
    closing_summary: Mapped[str] = mapped_column(
        Prose, info=column_info(_l("Summary at the end"), personal=True)
    )
    reopened_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Reopened at")))
    reopening_reason: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Why it was reopened"), personal=True)
    )

    def __str__(self) -> str:
        day_and_reason = (
            f"{format_day(self.closed_at.astimezone(clock.WITA).date())}: {self.closing_reason.value}"
        )
        return f"{day_and_reason}. {self.closing_summary}"


class EntryCorrection(Entity):
    """Correction of one text of a service or a note: the old and the new text."""

    __tablename__ = "entry_correction"
    __table_args__ = (
        CheckConstraint("(service_id IS NULL) <> (note_id IS NULL)", name="entry"),
        Index("ix_entry_correction_service_id", "service_id"),
        Index("ix_entry_correction_note_id", "note_id"),
    )
    __title__ = _l("Correction")
    __parent_keys__ = ("service_id", "note_id")

    service_id: Mapped[int | None] = mapped_column(
        ForeignKey("service.id", ondelete="RESTRICT"), info=column_info(_l("Service"))
    )
    note_id: Mapped[int | None] = mapped_column(
        ForeignKey("case_note.id", ondelete="RESTRICT"), info=column_info(_l("Note"))
    )
    field: Mapped[str] = mapped_column(Line(40), info=column_info(_l("Corrected field")))
    """Name of the corrected column of the entry."""
    old_text: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Old text"), personal=True))
    new_text: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("New text"), personal=True))
    reason: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Why it is corrected"), personal=True)
    )

    author: Mapped[PortalUser | None] = relationship(
        PortalUser, primaryjoin="EntryCorrection.created_by_id == PortalUser.id", viewonly=True
    )
