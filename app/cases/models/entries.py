"""What is added to a case and never rewritten: services, notes, follow-ups, files."""

from datetime import date, datetime
from textwrap import shorten
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.cases.enums import FollowUpState, Place, ServiceKind, Timing
from app.cases.models.case import Case
from app.core import clock
from app.db.model import Entity
from app.db.types import Instant, Line, Prose, UploadedFile, enum_type, personal_info
from app.partners.models import Partner
from app.security.models import PortalUser

if TYPE_CHECKING:
    from app.cases.models.process import EntryCorrection


class Entry(Entity):
    """A record that belongs to a case and is seen by whoever sees the case."""

    __abstract__ = True

    @declared_attr
    def case_id(cls) -> Mapped[int]:  # noqa: N805
        """Point to the case it belongs to."""
        return mapped_column(ForeignKey("case_file.id", ondelete="RESTRICT"), sort_order=1)

    @declared_attr
    def case(cls) -> Mapped[Case]:  # noqa: N805
        """Load the case it belongs to."""
        return relationship(Case)

    @declared_attr
    def author(cls) -> Mapped[PortalUser | None]:  # noqa: N805
        """Load who wrote it; it stays so when the case gets another peksos."""
        return relationship(PortalUser, foreign_keys=f"{cls.__name__}.created_by_id", viewonly=True)


class CorrectableEntry(Entry):
    """An entry whose texts are never rewritten: a correction stands beside what was written first."""

    __abstract__ = True

    corrections: Mapped[list["EntryCorrection"]]

    def get_current_text(self, name: str) -> str | None:
        """What a text says now."""
        told = [one.new_text for one in self.corrections if one.field == name]
        return told[-1] if told else getattr(self, name)

    @property
    def correction_lines(self) -> Markup:
        """Old and new text, who and when, the first correction first."""
        return Markup("<br>").join(one.markup for one in self.corrections)


class Service(CorrectableEntry):
    """One of the six services, given to the client or for him."""

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= happened_at", name="period"),
        Index("ix_service_case_id", "case_id", "happened_at", "id"),
        Index("ix_service_happened_at", "happened_at", "id"),
        Index("ix_service_kind", "kind", "happened_at", "id"),
        Index("ix_service_place", "place", "happened_at", "id"),
    )
    __constraint_messages__ = {"ck_service_period": ("ended_at", _l("The end is before the beginning."))}

    kind: Mapped[ServiceKind] = mapped_column(enum_type(ServiceKind))
    happened_at: Mapped[datetime] = mapped_column(Instant, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    place: Mapped[Place] = mapped_column(enum_type(Place), default=Place.office)
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id", ondelete="RESTRICT"), index=True)
    narrative: Mapped[str] = mapped_column(Prose, info=personal_info())
    outcome: Mapped[str | None] = mapped_column(Prose, info=personal_info())

    partner: Mapped[Partner | None] = relationship()
    corrections: Mapped[list["EntryCorrection"]] = relationship(viewonly=True, order_by="EntryCorrection.id")

    @property
    def label(self) -> str:
        """Which of the six."""
        return str(self.kind.value)

    def __str__(self) -> str:
        return self.label


class CaseNote(CorrectableEntry):
    """What a peksos wants to be known about a case."""

    __tablename__ = "case_note"
    __table_args__ = (
        Index("ix_case_note_case_id", "case_id", "happened_at", "id"),
        Index("ix_case_note_happened_at", "happened_at", "id"),
    )

    happened_at: Mapped[datetime] = mapped_column(Instant, default=clock.now)
    text: Mapped[str] = mapped_column(Prose, info=personal_info())

    corrections: Mapped[list["EntryCorrection"]] = relationship(viewonly=True, order_by="EntryCorrection.id")

    @property
    def label(self) -> str:
        """Its number; what it says belongs on its page."""
        return f"#{self.id}"

    @property
    def excerpt(self) -> str:
        """Its beginning, as lists show it."""
        return shorten(self.get_current_text("text") or "", 90, placeholder=" …")

    def __str__(self) -> str:
        return self.label


class FollowUp(Entry):
    """Something that somebody promised to do by a day."""

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint(
            "(state = 'done') = (done_at IS NOT NULL) AND (state = 'done') = (result IS NOT NULL)",
            name="done",
        ),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)"
            " AND (state = 'cancelled') = (reason IS NOT NULL)",
            name="cancelled",
        ),
        Index("ix_follow_up_case_id", "case_id", "due_on", "id"),
        Index("ix_follow_up_due_on", "due_on", "id"),
        Index("ix_follow_up_state_due_on", "state", "due_on", "id"),
        Index("ix_follow_up_assignee_id", "assignee_id", "state", "due_on", "id"),
        Index("ix_follow_up_assignee_id_due_on", "assignee_id", "due_on", "id"),
    )
    __constraint_messages__ = {
        "ck_follow_up_done": ("result", _l("Say what came of it.")),
        "ck_follow_up_cancelled": ("reason", _l("Say why it is cancelled.")),
    }

    title: Mapped[str] = mapped_column(Line(200), info=personal_info())
    """What is to be done."""
    due_on: Mapped[date]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    """Who does it: the case's peksos, else who promised it."""
    state: Mapped[FollowUpState] = mapped_column(enum_type(FollowUpState), default=FollowUpState.open)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    result: Mapped[str | None] = mapped_column(Prose, info=personal_info())
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Prose, info=personal_info())
    """Why it was cancelled."""

    assignee: Mapped[PortalUser | None] = relationship(foreign_keys=[assignee_id])

    @property
    def timing(self) -> Timing | None:
        """Overdue, today or later; None once nothing waits any more."""
        if self.state is not FollowUpState.open:
            return None
        today = clock.today()
        if self.due_on < today:
            return Timing.overdue
        return Timing.today if self.due_on == today else Timing.upcoming

    def __str__(self) -> str:
        return self.title


class Attachment(Entry):
    """A file of the case: a photo, a letter, a genogram."""

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_case_id", "case_id", "id"),
        Index("ix_attachment_created_at", "created_at", "id"),
    )

    title: Mapped[str] = mapped_column(Line(200), info=personal_info())
    file: Mapped[str] = mapped_column(UploadedFile)
    sha256: Mapped[str] = mapped_column(Line(64))

    def __str__(self) -> str:
        return self.title
