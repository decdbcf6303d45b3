"""Model of the report clocks: the time limits for taking up reports."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.enums import Urgency
from app.db.column_info import column_info
from app.db.types import enum_type
from app.reference.models import Reference


class ReportClock(Reference):
    """Time limit for reports of one urgency: minutes by the clock, or working days."""

    __tablename__ = "report_clock"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("urgency"),
        CheckConstraint("(minutes IS NULL) <> (working_days IS NULL)", name="one_measure"),
        CheckConstraint("minutes > 0 OR working_days > 0", name="positive"),
    )
    __constraint_messages__ = {
        "ck_report_clock_one_measure": ("minutes", _l("Give either minutes or working days, not both.")),
        "ck_report_clock_positive": ("minutes", _l("The time must be one or more.")),
    }

    urgency: Mapped[Urgency] = mapped_column(enum_type(Urgency), info=column_info(_l("Urgency")))
    minutes: Mapped[int | None] = mapped_column(
        info=column_info(
            _l("Minutes"),
            hint=_l("By the clock, nights and holidays included. Leave empty when working days count."),
        )
    )
    """Minutes by the clock, nights and holidays included."""
    working_days: Mapped[int | None] = mapped_column(
        info=column_info(
            _l("Working days"), hint=_l("Monday to Friday without holidays; due at the end of that day.")
        )
    )
    """Working days; due at the end of the last one."""
