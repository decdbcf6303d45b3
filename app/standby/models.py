"""Models of standby: shifts and hand-overs."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, CheckConstraint, ColumnElement, ForeignKey, Index
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock, formats
from app.db.column_info import column_info, labelled
from app.db.model import Entity
from app.db.row_rules import RowRule
from app.db.types import Instant, Phone, PlainJSON, Prose, enum_type
from app.security.models import PortalUser
from app.standby.enums import HandoverState, ShiftState

MAX_SHIFT_LENGTH = timedelta(hours=24)
"""Longest shift: nobody stays awake longer."""
HANDOVER_GRACE_PERIOD = timedelta(minutes=30)
"""Time after the end of a shift within which its hand-over should be acknowledged."""

END_BEFORE_START_MESSAGE = _l("The shift ends before it starts.")
SHIFT_TOO_LONG_MESSAGE = _l("A shift lasts 24 hours at most: divide it.")
DOUBLE_SHIFT_MESSAGE = _l("This person has another shift at that time.")

_OVERLAP_CONDITION = (
    "NEW.state = 'planned' AND EXISTS (SELECT 1 FROM shift other WHERE other.worker_id = NEW.worker_id"
    " AND other.id <> NEW.id AND other.state = 'planned'"
    " AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at)"
)


class _MaxShiftLengthCheck(ColumnElement[bool]):
    """SQL condition that a shift lasts 24 hours at most, compiled for each database dialect."""

    inherit_cache = True
    type = Boolean()


@compiles(_MaxShiftLengthCheck)
def _compile_max_shift_length(_element: Any, compiler: Any, **_options: Any) -> str:
    if compiler.dialect.name == "sqlite":  # julianday counts in days; the margin absorbs rounding
        return "julianday(ends_at) - julianday(starts_at) <= 1.000001"
    return "ends_at <= starts_at + interval '24 hours'"


class Shift(Entity):
    """Period in which one worker is on standby."""

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        CheckConstraint(_MaxShiftLengthCheck(), name="length"),
        CheckConstraint("state = 'planned' OR reason IS NOT NULL", name="cancelled"),
        Index("ix_shift_starts_at", "starts_at", "id"),
        Index("ix_shift_ends_at", "ends_at", "id"),
        Index("ix_shift_worker_id", "worker_id", "starts_at", "ends_at"),
        Index("ix_shift_state", "state", "starts_at", "id"),
    )
    __constraint_messages__ = {
        "ck_shift_order": ("ends_at", END_BEFORE_START_MESSAGE),
        "ck_shift_length": ("ends_at", SHIFT_TOO_LONG_MESSAGE),
        "ck_shift_overlap": ("worker", DOUBLE_SHIFT_MESSAGE),
        "ck_shift_cancelled": ("reason", _l("Say why.")),
    }

    starts_at: Mapped[datetime] = mapped_column(Instant, info=column_info(_l("Starts at")))
    ends_at: Mapped[datetime] = mapped_column(
        Instant, info=column_info(_l("Ends at"), hint=_l("At most 24 hours later; it may be the next day."))
    )
    worker_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    phone: Mapped[str | None] = mapped_column(
        Phone,
        info=column_info(
            _l("Phone"), hint=_l("Empty: the number of this person's last shift, else the office's number.")
        ),
    )
    """Number of the worker during the shift; NULL: the number of the office."""
    state: Mapped[ShiftState] = mapped_column(
        enum_type(ShiftState), default=ShiftState.planned, info=column_info(_l("State"))
    )
    reason: Mapped[str | None] = mapped_column(Prose, info=column_info(_l("Reason"), personal=True))
    """Why the shift was last swapped or cancelled."""

    worker: Mapped[PortalUser] = relationship(
        foreign_keys=[worker_id], info=column_info(_l("Who is on standby"))
    )
    handover: Mapped["Handover | None"] = relationship(
        foreign_keys="Handover.from_shift_id",
        back_populates="from_shift",
        viewonly=True,
        info=column_info(_l("Hand-over")),
    )

    @property
    @labelled(_l("Shift"))
    def label(self) -> str:
        """Worker and hours: `Rina Wulandari, 24 Nov 2026 20.00 to 08.00 WITA`."""
        return f"{self.worker.full_name}, {self.hours}"

    @property
    @labelled(_l("When"))
    def hours(self) -> str:
        """Start and end in WITA, with the day of the start."""
        start, end = formats.format_short_time(self.starts_at), formats.format_short_time(self.ends_at)
        day = formats.format_day(self.starts_at.astimezone(clock.WITA).date())
        return f"{day} {start}\N{EN DASH}{end}\N{NO-BREAK SPACE}WITA"

    @property
    def is_running(self) -> bool:
        """Whether the shift is planned and includes the present moment."""
        return self.state is ShiftState.planned and self.starts_at <= clock.now() < self.ends_at

    def __str__(self) -> str:
        return self.label


SHIFT_ROW_RULE = RowRule(
    Shift.__tablename__,
    watched_columns=("starts_at", "ends_at", "worker_id", "state"),
    violations={"overlap": _OVERLAP_CONDITION},
    locked_parent=("ab_user", "worker_id"),
)


class Handover(Entity):
    """Hand-over from one shift to the next: a sheet that the portal fills, and a note of the worker."""

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("to_shift_id IS NULL OR to_shift_id <> from_shift_id", name="shifts"),
        CheckConstraint(
            "(state = 'acknowledged') = (acknowledged_at IS NOT NULL)"
            " AND (state = 'acknowledged') = (acknowledged_by_id IS NOT NULL)",
            name="acknowledged",
        ),
        Index("ix_handover_to_shift_id", "to_shift_id"),
        Index("ix_handover_state", "state", "id"),
        Index("ix_handover_acknowledged_at", "acknowledged_at", "id"),
    )
    __constraint_messages__ = {
        "uq_handover_from_shift_id": ("from_shift", _l("This shift was handed over already.")),
        "ck_handover_shifts": ("to_shift", _l("Choose two different shifts.")),
    }

    from_shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id", ondelete="RESTRICT"), unique=True)
    to_shift_id: Mapped[int | None] = mapped_column(ForeignKey("shift.id", ondelete="RESTRICT"))
    """Shift that takes over; NULL: none was planned, so any other peksos may take over."""
    note: Mapped[str] = mapped_column(
        Prose,
        info=column_info(
            _l("What the next one must know"),
            hint=_l("The portal has listed reports, cases and promises below. Here: what it cannot know."),
            personal=True,
        ),
    )
    state: Mapped[HandoverState] = mapped_column(
        enum_type(HandoverState), default=HandoverState.sent, info=column_info(_l("State"))
    )
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant, info=column_info(_l("Taken over at")))
    acknowledged_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("ab_user.id", ondelete="RESTRICT"), index=True
    )
    sheet: Mapped[dict[str, Any] | None] = mapped_column(PlainJSON)
    """Snapshot taken on acknowledgement: ids and codes, no names. NULL until then: the sheet is read anew."""

    from_shift: Mapped[Shift] = relationship(
        foreign_keys=[from_shift_id], back_populates="handover", info=column_info(_l("Whose shift"))
    )
    to_shift: Mapped[Shift | None] = relationship(
        foreign_keys=[to_shift_id], info=column_info(_l("Who takes over"))
    )
    acknowledged_by: Mapped[PortalUser | None] = relationship(
        foreign_keys=[acknowledged_by_id], info=column_info(_l("Taken over by"))
    )

    @property
    @labelled(_l("Shift"))
    def label(self) -> str:
        """Label of the shift that is handed over."""
        return self.from_shift.label

    @property
    @labelled(_l("Who leaves"))
    def from_worker(self) -> str:
        """Name of the worker whose shift ends."""
        return self.from_shift.worker.full_name

    @property
    @labelled(_l("Who takes over"))
    def to_worker(self) -> str | None:
        """Name of the worker of the next shift; None if none was planned."""
        return None if self.to_shift is None else self.to_shift.worker.full_name

    @property
    @labelled(_l("Sent at"))
    def sent_at(self) -> datetime:
        """Time of sending, which is the time of creation."""
        return self.created_at

    @property
    def is_late(self) -> bool:
        """Whether nobody acknowledged the hand-over within the grace period after the end of the shift."""
        return (
            self.state is HandoverState.sent and self.from_shift.ends_at + HANDOVER_GRACE_PERIOD < clock.now()
        )

    def __str__(self) -> str:
        return self.label
