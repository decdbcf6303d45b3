"""Models of a case's entries, which are added and never rewritten: services, notes, follow-ups, files."""

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.cases.enums import FollowUpState, Place, ServiceKind, Timing
from app.cases.models.case import Case
from app.core import clock
from app.core.formats import shorten_text
from app.db.column_info import column_info, labelled
from app.db.model import Entity
from app.db.types import Instant, Line, Prose, UploadedFile, enum_type
from app.partners.models import Partner
from app.security.models import PortalUser


class Entry(Entity):
    """Base class of a record that belongs to a case and is visible to whoever sees the case."""

    __abstract__ = True

    @declared_attr
    def case_id(cls) -> Mapped[int]:  # noqa: N805
        """Foreign key of the case."""
        return mapped_column(ForeignKey("case_file.id", ondelete="RESTRICT"), sort_order=1)

    @declared_attr
    def case(cls) -> Mapped[Case]:  # noqa: N805
        """The case of the entry."""
        return relationship(
            Case, info=column_info(_l("Case"), hint=_l("Type the number of the case or the client's name."))
        )

    @declared_attr
    def author(cls) -> Mapped[PortalUser | None]:  # noqa: N805
        """The user who wrote the entry; it stays the same when the case gets another peksos."""
        return relationship(
            PortalUser,
            foreign_keys=f"{cls.__name__}.created_by_id",
            viewonly=True,
            info=column_info(_l("Written by")),
        )


class CorrectableEntry(Entry):
    """Entry whose texts are never rewritten: corrections are stored beside the original."""

    __abstract__ = True

    corrections: Mapped[list[Any]]

    def get_current_text(self, name: str) -> str | None:
        """Return the text of a column after its latest correction."""
        corrected_texts = [correction.new_text for correction in self.corrections if correction.field == name]
        text: str | None = corrected_texts[-1] if corrected_texts else getattr(self, name)
        return text


class Service(CorrectableEntry):
    """One of the six services, given to the client or on the client's behalf."""

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= happened_at", name="period"),
        Index("ix_service_case_id", "case_id", "happened_at", "id"),
        Index("ix_service_happened_at", "happened_at", "id"),
        Index("ix_service_kind", "kind", "happened_at", "id"),
        Index("ix_service_place", "place", "happened_at", "id"),
    )
    __constraint_messages__ = {"ck_service_period": ("ended_at", _l("The end is before the beginning."))}

    kind: Mapped[ServiceKind] = mapped_column(enum_type(ServiceKind), info=column_info(_l("Service")))
    happened_at: Mapped[datetime] = mapped_column(Instant, default=clock.now, info=column_info(_l("When")))
    ended_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Until")))
    place: Mapped[Place] = mapped_column(
        enum_type(Place), default=Place.office, info=column_info(_l("Where"))
    )
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id", ondelete="RESTRICT"), index=True)
    narrative: Mapped[str] = mapped_column(
        Prose,
        info=column_info(
            _l("What was done"), hint=_l("Facts, sources, and why you decided so."), personal=True
        ),
    )
    outcome: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Result"), personal=True))

    partner: Mapped[Partner | None] = relationship(info=column_info(_l("With which partner")))
    corrections: Mapped[list[Any]] = relationship(
        "EntryCorrection", viewonly=True, order_by="EntryCorrection.id"
    )

    @property
    def label(self) -> str:
        """Label of the kind of service."""
        return str(self.kind.value)

    def __str__(self) -> str:
        return self.label


class CaseNote(CorrectableEntry):
    """Note on a case: what a peksos wants others to know."""

    __tablename__ = "case_note"
    __table_args__ = (
        Index("ix_case_note_case_id", "case_id", "happened_at", "id"),
        Index("ix_case_note_happened_at", "happened_at", "id"),
    )

    happened_at: Mapped[datetime] = mapped_column(Instant, default=clock.now, info=column_info(_l("When")))
    text: Mapped[str] = mapped_column(Prose, info=column_info(_l("Note"), personal=True))

    corrections: Mapped[list[Any]] = relationship(
        "EntryCorrection", viewonly=True, order_by="EntryCorrection.id"
    )

    @property
    @labelled(_l("No."))
    def label(self) -> str:
        """Number of the note; its text is shown on its detail page."""
        return f"#{self.id}"

    @property
    @labelled(_l("Note"))
    def excerpt(self) -> str:
        """Beginning of the current text, for lists."""
        return shorten_text(self.get_current_text("text") or "", 90)

    def __str__(self) -> str:
        return self.label


class FollowUp(Entry):
    """Task that somebody promised to do by a day."""

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

    title: Mapped[str] = mapped_column(Line(200), info=column_info(_l("What is to be done"), personal=True))
    """What is to be done."""
    due_on: Mapped[date] = mapped_column(info=column_info(_l("Due on")))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    """Who does it: by default the case's peksos, else the user who promised it."""
    state: Mapped[FollowUpState] = mapped_column(
        enum_type(FollowUpState), default=FollowUpState.open, info=column_info(_l("State"))
    )
    done_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Done at")))
    result: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Result"), personal=True))
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Cancelled at")))
    reason: Mapped[str | None] = mapped_column(
        Prose, info=column_info(_l("Why it was cancelled"), personal=True)
    )
    """Why it was cancelled."""

    assignee: Mapped[PortalUser | None] = relationship(
        foreign_keys=[assignee_id],
        info=column_info(_l("Who does it"), hint=_l("Empty: the peksos of the case.")),
    )

    @property
    @labelled(_l("Time left"))
    def timing(self) -> Timing | None:
        """Overdue, due today or due later; None once the follow-up is done or cancelled."""
        if self.state is not FollowUpState.open:
            return None
        today = clock.today()
        if self.due_on < today:
            return Timing.overdue
        return Timing.today if self.due_on == today else Timing.upcoming

    def __str__(self) -> str:
        return self.title


class Attachment(Entry):
    """File of a case, such as a photo, a letter or a genogram."""

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_case_id", "case_id", "id"),
        Index("ix_attachment_created_at", "created_at", "id"),
    )
    __labels__ = {"author": _l("Added by"), "created_at": _l("Added at")}

    title: Mapped[str] = mapped_column(Line(200), info=column_info(_l("What it shows"), personal=True))
    file: Mapped[str] = mapped_column(
        UploadedFile,
        info=column_info(_l("File"), hint=_l("PDF, JPEG, PNG, WebP, HEIC, DOCX or XLSX, at most 10 MB.")),
    )
    sha256: Mapped[str] = mapped_column(Line(64), info=column_info(_l("Checksum (SHA-256)"), internal=True))

    def __str__(self) -> str:
        return self.title
