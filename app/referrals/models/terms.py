"""Reference models of the terms: time limits of the steps and consequences of a decline reason."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.enums import Urgency
from app.db.column_info import column_info
from app.db.types import enum_type
from app.partners.enums import PartnerKind
from app.reference.models import Reference
from app.referrals.enums import DeclinedBy, Step

_CODE_TAKEN_MESSAGE = _l("Another entry already has this code.")


class ResponseTime(Reference):
    """Time limit of a step; the row that is most specific about partner kind and urgency applies."""

    __tablename__ = "response_time"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("(hours IS NULL) <> (working_days IS NULL)", name="one_measure"),
        CheckConstraint("hours > 0 OR working_days > 0", name="positive"),
    )
    __constraint_messages__ = {
        "uq_response_time_code": ("code", _CODE_TAKEN_MESSAGE),
        "ck_response_time_one_measure": ("hours", _l("Give either hours or working days, not both.")),
        "ck_response_time_positive": ("hours", _l("The time must be one or more.")),
    }

    step: Mapped[Step] = mapped_column(enum_type(Step), info=column_info(_l("Step")))
    partner_kind: Mapped[PartnerKind | None] = mapped_column(
        enum_type(PartnerKind),
        info=column_info(_l("Kind of partner"), hint=_l("Empty: every kind that no other row names.")),
    )
    """None: all kinds that no other row names."""
    urgency: Mapped[Urgency | None] = mapped_column(
        enum_type(Urgency),
        info=column_info(_l("Urgency"), hint=_l("Empty: every urgency that no other row names.")),
    )
    """None: all urgencies that no other row names."""
    hours: Mapped[int | None] = mapped_column(
        info=column_info(
            _l("Hours"),
            hint=_l("By the clock, nights and holidays included. Leave empty when working days count."),
        )
    )
    """Hours by the clock, nights and holidays included."""
    working_days: Mapped[int | None] = mapped_column(
        info=column_info(
            _l("Working days"),
            hint=_l("Monday to Friday without holidays; the step is due at the end of that day."),
        )
    )
    """Monday to Friday without holidays, in WITA; alternative to `hours`."""


class DeclineReason(Reference):
    """Consequences of a reason to decline; its code is a member name of `enums.Refusal`."""

    __tablename__ = "decline_reason"
    __table_args__ = (UniqueConstraint("code"),)
    __constraint_messages__ = {"uq_decline_reason_code": ("code", _CODE_TAKEN_MESSAGE)}

    declined_by: Mapped[DeclinedBy | None] = mapped_column(
        enum_type(DeclinedBy),
        info=column_info(_l("Who can give it"), hint=_l("Empty: the partner or the client.")),
    )
    """Party that can give the reason; None: both."""
    may_refer_again: Mapped[bool] = mapped_column(
        default=True,
        info=column_info(
            _l("May be referred again"),
            hint=_l("Whether the same partner may be asked again later, unless somebody says otherwise."),
        ),
    )
    """Whether the partner may get this need again later; default of `Referral.may_refer_again`."""
