"""Models of a case (the work with one client on one problem) and of the other people in it."""

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from flask_babel import lazy_gettext as _l
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
from app.cases.rules.closing_blockers import list_closing_blockers
from app.cases.transitions import OPEN_STATUSES
from app.clients.models.client import Client
from app.core import clock
from app.core.records import RecordLink
from app.db.column_info import column_info, labelled
from app.db.model import Entity, partial_index
from app.db.types import Instant, Line, Prose, enum_type
from app.reference.enums import Confidentiality
from app.reference.models import PpksCategory, ProblemTag
from app.security.models import PortalUser

_CASE_ID = "case_file.id"
SEXUAL_VIOLENCE = "sexual_violence"
"""Code of the problem tag that starts the 72-hour deadline for reporting."""
REPORTING_TIME_LIMIT = timedelta(hours=72)
"""UU 12/2022: the police must be told within three times 24 hours of what a victim reports."""


class Case(Entity):
    """A case file; the table is `case_file`, because CASE is a reserved word of SQL."""

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
        # Covering index for counts by year, including the columns of visibility: no table row is read.
        Index("ix_case_file_opened_at", "opened_at", "id", "client_id", "confidentiality", "worker_id"),
        Index("ix_case_file_status_opened_at", "status", "opened_at", "id"),
        Index("ix_case_file_worker_id", "worker_id", "status"),
        Index("ix_case_file_worker_id_opened_at", "worker_id", "opened_at", "id"),
        Index("ix_case_file_urgency", "urgency", "opened_at", "id"),
        Index("ix_case_file_confidentiality", "confidentiality", "opened_at", "id"),
        # The visibility of clients depends on limited and secret cases only, which are few.
        partial_index("confidentiality <> 'ordinary'", "ix_case_file_restricted_client", "client_id"),
    )

    number: Mapped[str] = mapped_column(Line(20), info=column_info(_l("Number")))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="RESTRICT"), index=True)
    report_id: Mapped[int | None] = mapped_column(
        ForeignKey("incoming_report.id", ondelete="RESTRICT"), unique=True
    )
    """The report from which the case was opened; `reports` also holds those that joined later."""
    opened_at: Mapped[datetime] = mapped_column(Instant, default=clock.now, info=column_info(_l("Opened at")))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel), info=column_info(_l("How it came in")))
    presenting_problem: Mapped[str] = mapped_column(
        Prose,
        info=column_info(
            _l("Presenting problem"), hint=_l("In the client's words, as far as known now."), personal=True
        ),
    )
    focus: Mapped[Focus | None] = mapped_column(enum_type(Focus), info=column_info(_l("Focus")))
    urgency: Mapped[Urgency] = mapped_column(
        enum_type(Urgency), default=Urgency.ordinary, info=column_info(_l("Urgency"))
    )
    risk_level: Mapped[RiskLevel | None] = mapped_column(enum_type(RiskLevel), info=column_info(_l("Risk")))
    confidentiality: Mapped[Confidentiality] = mapped_column(
        enum_type(Confidentiality),
        default=Confidentiality.ordinary,
        info=column_info(
            _l("Confidentiality"),
            hint=_l("Children, violence, HIV: a secret case is seen by its named team alone."),
        ),
    )
    stage: Mapped[CaseStage] = mapped_column(
        enum_type(CaseStage), default=CaseStage.engagement, info=column_info(_l("Stage"))
    )
    status: Mapped[CaseStatus] = mapped_column(
        enum_type(CaseStatus), default=CaseStatus.active, info=column_info(_l("Status"))
    )
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    closed_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Closed at")))
    closing_reason: Mapped[ClosingReason | None] = mapped_column(
        enum_type(ClosingReason), info=column_info(_l("Why it was closed"))
    )
    closing_summary: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Summary at the end"), personal=True)
    )
    hold_until: Mapped[date | None] = mapped_column(info=column_info(_l("On hold until")))
    """Day until which the case is on hold: a reminder only, the case does not resume by itself."""
    police_report_number: Mapped[str | None] = mapped_column(
        Line(60), info=column_info(_l("Number of the police report"), personal=True)
    )
    violence_reported_at: Mapped[datetime | None] = mapped_column(
        Instant, info=column_info(_l("Reported or referred at"))
    )
    """When the police or UPTD PPA were told; this stops the 72-hour deadline."""
    search_text: Mapped[str | None] = mapped_column(Text, info=column_info(internal=True))

    is_tier_raised = False
    """Whether a tag or category raised the tier in the save that made or changed this object; not stored."""

    client: Mapped[Client] = relationship(info=column_info(_l("Client")))
    report: Mapped[IncomingReport | None] = relationship(info=column_info(_l("Report it came from")))
    worker: Mapped[PortalUser | None] = relationship(
        foreign_keys=[worker_id], info=column_info(_l("Peksos"), hint=_l("Empty: you, if you are a peksos."))
    )
    people: Mapped[list["CasePerson"]] = relationship(back_populates="case", order_by="CasePerson.id")
    category_links: Mapped[list[CaseCategory]] = relationship(cascade="all, delete-orphan")
    categories: Mapped[list[PpksCategory]] = relationship(
        secondary="case_category",
        order_by=PpksCategory.code,
        viewonly=True,
        info=column_info(_l("PPKS categories")),
    )
    tags: Mapped[list[ProblemTag]] = relationship(
        secondary="case_tag",
        order_by=ProblemTag.name,
        info=column_info(
            _l("Problems"), hint=_l("The problem in plain words; some make the case secret by themselves.")
        ),
    )
    team: Mapped[list[PortalUser]] = relationship(
        secondary="case_team",
        order_by="PortalUser.first_name",
        info=column_info(
            _l("Team"), hint=_l("Colleagues who work on it. Of a secret case nobody else will know.")
        ),
    )
    reports: Mapped[list[IncomingReport]] = relationship(
        secondary="case_report", order_by=IncomingReport.id, back_populates="cases"
    )
    follow_ups: Mapped[list[Any]] = relationship("FollowUp", viewonly=True, order_by="FollowUp.due_on")
    closures: Mapped[list[Any]] = relationship("CaseClosure", viewonly=True, order_by="CaseClosure.id")

    @property
    def label(self) -> str:
        """Number of the case; a name would disclose more than a list may show."""
        return self.number

    @property
    def is_open(self) -> bool:
        """Whether entries and transitions are still possible."""
        return self.status.name in OPEN_STATUSES

    @property
    def is_reopened(self) -> bool:
        """Whether the case is open again after it was closed."""
        return self.is_open and bool(self.closures)

    @property
    def earlier_closures(self) -> list[Any]:
        """Closures after which the case was reopened."""
        return [closure for closure in self.closures if closure.reopened_at is not None]

    @property
    def received_at(self) -> datetime:
        """Instant at which the office first heard of the case: its opening or its earliest report."""
        return min([self.opened_at, *(report.received_at for report in self.reports)])

    @property
    def reporting_deadline(self) -> datetime | None:
        """Instant by which sexual violence must be reported or referred; None: no deadline runs."""
        if self.violence_reported_at is not None or not self.is_open:
            return None
        return self.received_at + REPORTING_TIME_LIMIT if self.has_sexual_violence_tag else None

    @property
    def has_sexual_violence_tag(self) -> bool:
        """Whether the case has the problem tag `sexual_violence`."""
        return any(tag.code == SEXUAL_VIOLENCE for tag in self.tags)

    @property
    @labelled(_l("Main PPKS category"))
    def primary_category(self) -> PpksCategory | None:
        """The category that counts in statistics."""
        return next((link.category for link in self.category_links if link.is_primary), None)

    @cached_property
    def closing_blockers(self) -> list[RecordLink]:
        """What keeps the case from closing, cached for one page; services call `list_closing_blockers`."""
        return list_closing_blockers(self)

    @property
    def title(self) -> str:
        """Number and client, for lists and selects of users who see the case."""
        return f"{self.number} · {self.client.label}"

    def has_team_member(self, user_id: int | None) -> bool:
        """Return whether the user is the peksos of the case or on its team."""
        return user_id is not None and (
            self.worker_id == user_id or any(member.id == user_id for member in self.team)
        )

    def __str__(self) -> str:
        return self.number


class CasePerson(Entity):
    """Another person in a case, with a role."""

    __tablename__ = "case_person"
    __table_args__ = (UniqueConstraint("case_id", "client_id"),)
    __constraint_messages__ = {
        "uq_case_person_case_id_client_id": ("client", _l("This person is in the case already.")),
    }

    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE_ID, ondelete="RESTRICT"))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="RESTRICT"), index=True)
    role: Mapped[PersonRole] = mapped_column(
        enum_type(PersonRole), index=True, info=column_info(_l("Role in the case"))
    )

    case: Mapped[Case] = relationship(back_populates="people", info=column_info(_l("Case")))
    client: Mapped[Client] = relationship(
        info=column_info(
            _l("Person"),
            hint=_l("Somebody who is registered as a client. The client of the case is not named again."),
        )
    )

    @property
    def label(self) -> str:
        """Name and role."""
        return f"{self.client.label} ({self.role.value})"

    def __str__(self) -> str:
        return self.label
