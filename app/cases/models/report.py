"""Model of an incoming report, which is recorded before anybody knows whether it becomes a case."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import Channel, ReportState, Urgency
from app.clients.enums import SafeToContact
from app.core import clock
from app.core.formats import shorten_text
from app.db.column_info import column_info, labelled
from app.db.model import Entity
from app.db.types import Instant, Line, Phone, Prose, enum_type
from app.reference.models import Kelurahan


class IncomingReport(Entity):
    """Incoming report; it may be anonymous, without the person's name and without an address."""

    __tablename__ = "incoming_report"
    __table_args__ = (
        CheckConstraint("(state = 'dismissed') = (dismissed_reason IS NOT NULL)", name="dismissed"),
        Index("ix_incoming_report_received_at", "received_at", "id"),
        Index("ix_incoming_report_state_received_at", "state", "received_at", "id"),
        Index("ix_incoming_report_urgency", "urgency", "received_at", "id"),
        Index("ix_incoming_report_channel", "channel", "received_at", "id"),
        Index("ix_incoming_report_answered_by_id", "answered_by_id"),
    )
    __constraint_messages__ = {
        "ck_incoming_report_dismissed": ("dismissed_reason", _l("Say why the report is dismissed.")),
    }

    received_at: Mapped[datetime] = mapped_column(
        Instant, default=clock.now, info=column_info(_l("Received at"))
    )
    channel: Mapped[Channel] = mapped_column(enum_type(Channel), info=column_info(_l("How it came in")))
    reporter_name: Mapped[str | None] = mapped_column(
        Line(120),
        info=column_info(
            _l("Name of the reporter"), hint=_l("May stay empty: a report can be anonymous."), personal=True
        ),
    )
    reporter_role: Mapped[str | None] = mapped_column(
        Line(120),
        info=column_info(
            _l("Who the reporter is"),
            hint=_l("For example: neighbour, ketua RT, the person in need."),
            personal=True,
        ),
    )
    """Relation of the reporter to the person in need: neighbour, ketua RT, the person in need."""
    reporter_phone: Mapped[str | None] = mapped_column(
        Phone, info=column_info(_l("Phone of the reporter"), masked=True)
    )
    reporter_safe_to_contact: Mapped[SafeToContact | None] = mapped_column(
        enum_type(SafeToContact),
        info=column_info(
            _l("Safe to call the reporter"),
            hint=_l("Could somebody dangerous answer this phone?"),
            personal=True,
        ),
    )
    location: Mapped[str | None] = mapped_column(
        Line(300),
        info=column_info(
            _l("Where"),
            hint=_l("RT, RW, street or landmark: how a colleague finds the place."),
            personal=True,
        ),
    )
    kelurahan_id: Mapped[int | None] = mapped_column(
        ForeignKey("kelurahan.id", ondelete="RESTRICT"), index=True
    )
    description: Mapped[str] = mapped_column(Prose, info=column_info(_l("What was reported"), personal=True))
    urgency: Mapped[Urgency] = mapped_column(
        enum_type(Urgency), default=Urgency.ordinary, info=column_info(_l("Urgency"))
    )
    state: Mapped[ReportState] = mapped_column(
        enum_type(ReportState), default=ReportState.new, info=column_info(_l("State"))
    )
    dismissed_reason: Mapped[str | None] = mapped_column(
        Prose,
        info=column_info(
            _l("Why no case comes of it"),
            hint=_l("For example: reported twice, another office is at work, a false report."),
            personal=True,
        ),
    )
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    """Deadline for taking it up, by the report clock in force when the report was received."""
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it was taken up or dismissed."""
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))

    kelurahan: Mapped[Kelurahan | None] = relationship(info=column_info(_l("Kelurahan")))
    cases: Mapped[list[Any]] = relationship(
        "Case", secondary="case_report", back_populates="reports", info=column_info(_l("Case"))
    )
    """The case that the report became or joined: none or one."""

    @property
    def label(self) -> str:
        """Number of the report; it names neither the reporter nor the content."""
        return str(_("Report #%(number)s", number=self.id))

    @property
    @labelled(_l("What was reported"))
    def excerpt(self) -> str:
        """Beginning of the description, for lists."""
        return shorten_text(self.description, 90)

    @property
    def is_late(self) -> bool:
        """Whether the report is still new after its deadline."""
        is_new = self.state is ReportState.new
        return is_new and self.due_at is not None and self.due_at < clock.now()

    def __str__(self) -> str:
        return self.label
