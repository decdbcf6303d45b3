"""A case: what the office does with a client (and the people around) about one trouble."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import (
    CaseStage,
    CaseStatus,
    Channel,
    ClosingReason,
    Focus,
    PersonRole,
    RiskLevel,
    Urgency,
)
from app.cases.models.links import CaseCategory
from app.cases.models.report import IncomingReport
from app.cases.rules.closing_blockers import ClosingBlocker, list_closing_blockers
from app.cases.transitions import OPEN_STATUSES
from app.clients.models.client import Client
from app.core import clock
from app.db.model import Entity, partial_index
from app.db.types import Instant, Line, Prose, enum_type, personal_info
from app.reference.enums import Confidentiality
from app.reference.models import PpksCategory, ProblemTag
from app.security.models import PortalUser

if TYPE_CHECKING:
    from app.cases.models.entries import FollowUp
    from app.cases.models.process import CaseClosure

_CASE_ID = "case_file.id"
SEXUAL_VIOLENCE = "sexual_violence"
"""Code of the problem tag that starts the clock."""
REPORTING_TIME_LIMIT = timedelta(hours=72)
"""UU 12/2022: the police are told within three times 24 hours of what a victim reports."""


class Case(Entity):
    """The table is `case_file`, because CASE is a word of SQL."""

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("substr(number, 1, 4) = 'LK3/' AND length(number) >= 13", name="number"),
        CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL)"
            " AND (status = 'closed') = (closing_reason IS NOT NULL)"
            " AND (status = 'closed') = (closing_summary IS NOT NULL)",
            name="closed",
        ),
        CheckConstraint("(status = 'on_hold') = (hold_until IS NOT NULL)", name="on_hold"),
        # Holds all that a count by year asks, and whom it may count for: no case itself is read.
        Index("ix_case_file_opened_at", "opened_at", "id", "client_id", "confidentiality", "worker_id"),
        Index("ix_case_file_status_opened_at", "status", "opened_at", "id"),
        Index("ix_case_file_worker_id", "worker_id", "status"),
        Index("ix_case_file_worker_id_opened_at", "worker_id", "opened_at", "id"),
        Index("ix_case_file_urgency", "urgency", "opened_at", "id"),
        Index("ix_case_file_confidentiality", "confidentiality", "opened_at", "id"),
        # Whether a client is hidden or read in part asks for limited and secret cases only: they are few.
        partial_index("confidentiality <> 'ordinary'", "ix_case_file_restricted_client", "client_id"),
    )

    __labels__ = {"risk_level": _l("Risk")}

    number: Mapped[str] = mapped_column(Line(20))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="RESTRICT"), index=True)
    report_id: Mapped[int | None] = mapped_column(
        ForeignKey("incoming_report.id", ondelete="RESTRICT"), unique=True
    )
    """The report it was made of; reports that joined later are in `reports`."""
    opened_at: Mapped[datetime] = mapped_column(Instant, default=clock.now)
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    presenting_problem: Mapped[str] = mapped_column(Prose, info=personal_info())
    focus: Mapped[Focus | None] = mapped_column(enum_type(Focus))
    urgency: Mapped[Urgency] = mapped_column(enum_type(Urgency), default=Urgency.ordinary)
    risk_level: Mapped[RiskLevel | None] = mapped_column(enum_type(RiskLevel))
    confidentiality: Mapped[Confidentiality] = mapped_column(
        enum_type(Confidentiality), default=Confidentiality.ordinary
    )
    stage: Mapped[CaseStage] = mapped_column(enum_type(CaseStage), default=CaseStage.engagement)
    status: Mapped[CaseStatus] = mapped_column(enum_type(CaseStatus), default=CaseStatus.active)
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closing_reason: Mapped[ClosingReason | None] = mapped_column(enum_type(ClosingReason))
    closing_summary: Mapped[str | None] = mapped_column(Prose, info=personal_info())
    hold_until: Mapped[date | None]
    """Until when work rests; a day to ask again, not one on which it goes on by itself."""
    police_report_number: Mapped[str | None] = mapped_column(Line(60), info=personal_info())
    violence_reported_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the police were told, or UPTD PPA was: it stops the clock of 72 hours."""
    search_text: Mapped[str | None] = mapped_column(Text)

    is_tier_raised = False
    """Whether the save that made or changed this object raised its tier by tag or category; not stored."""

    client: Mapped[Client] = relationship()
    report: Mapped[IncomingReport | None] = relationship()
    worker: Mapped[PortalUser | None] = relationship(foreign_keys=[worker_id])
    people: Mapped[list["CasePerson"]] = relationship(back_populates="case", order_by="CasePerson.id")
    category_links: Mapped[list[CaseCategory]] = relationship(cascade="all, delete-orphan")
    categories: Mapped[list[PpksCategory]] = relationship(
        secondary="case_category", order_by=PpksCategory.code, viewonly=True
    )
    tags: Mapped[list[ProblemTag]] = relationship(secondary="case_tag", order_by=ProblemTag.name)
    team: Mapped[list[PortalUser]] = relationship(secondary="case_team", order_by="PortalUser.first_name")
    reports: Mapped[list[IncomingReport]] = relationship(
        secondary="case_report", order_by=IncomingReport.id, back_populates="cases"
    )
    follow_ups: Mapped[list["FollowUp"]] = relationship(viewonly=True, order_by="FollowUp.due_on")
    closures: Mapped[list["CaseClosure"]] = relationship(viewonly=True, order_by="CaseClosure.id")

    @property
    def label(self) -> str:
        """The number; a name would tell more than a list may."""
        return self.number

    @property
    def is_open(self) -> bool:
        """Whether entries and moves are still possible."""
        return self.status.name in OPEN_STATUSES

    @property
    def is_reopened(self) -> bool:
        """Whether it is open again after it had been closed."""
        return self.is_open and bool(self.closures)

    @property
    def earlier_closures(self) -> list["CaseClosure"]:
        """Every closure that did not last."""
        return [closure for closure in self.closures if closure.reopened_at is not None]

    @property
    def received_at(self) -> datetime:
        """When the office first heard of it."""
        return min([self.opened_at, *(report.received_at for report in self.reports)])

    @property
    def reporting_deadline(self) -> datetime | None:
        """Until when sexual violence must be reported or referred; None: nothing runs."""
        if self.violence_reported_at is not None or not self.is_open:
            return None
        return self.received_at + REPORTING_TIME_LIMIT if self.has_sexual_violence_tag else None

    @property
    def has_sexual_violence_tag(self) -> bool:
        """Whether the tag says so."""
        return any(tag.code == SEXUAL_VIOLENCE for tag in self.tags)

    @property
    def primary_category(self) -> PpksCategory | None:
        """The category that counts in statistics."""
        return next((link.category for link in self.category_links if link.is_primary), None)

    @cached_property
    def closing_blockers(self) -> list[ClosingBlocker]:
        """What still stands open, asked once for the page; a service asks `list_closing_blockers` anew."""
        return list_closing_blockers(self)

    @property
    def closing_blocker_links(self) -> list[Markup]:
        """The same, each leading to where it can be finished."""
        return [standing.link for standing in self.closing_blockers]

    @property
    def title(self) -> str:
        """Number and client, as a list or a select of those who see the case names it."""
        return f"{self.number} · {self.client.label}"

    def has_team_member(self, user_id: int | None) -> bool:
        """Whether this user works on the case."""
        return user_id is not None and (
            self.worker_id == user_id or any(member.id == user_id for member in self.team)
        )

    def __str__(self) -> str:
        return self.number


class CasePerson(Entity):
    """Another person in the case, and as what."""

    __tablename__ = "case_person"
    __table_args__ = (UniqueConstraint("case_id", "client_id"),)
    __constraint_messages__ = {
        "uq_case_person_case_id_client_id": ("client", _l("This person is in the case already.")),
    }

    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE_ID, ondelete="RESTRICT"))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="RESTRICT"), index=True)
    role: Mapped[PersonRole] = mapped_column(enum_type(PersonRole), index=True)

    case: Mapped[Case] = relationship(back_populates="people")
    client: Mapped[Client] = relationship()

    @property
    def label(self) -> str:
        """Name and role."""
        return f"{self.client.label} ({self.role.value})"

    def __str__(self) -> str:
        return self.label


def get_sorted_ids(items: Iterable[Entity | PortalUser | PpksCategory | ProblemTag]) -> list[int]:
    """Their ids in order, as an event's payload keeps them."""
    return sorted(item.id for item in items)
