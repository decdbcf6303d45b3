"""Model of emergency access: one attempt to open a hidden case for an hour, granted or refused."""

from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, ScalarSelect, Text, bindparam, cast, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import EmergencyAccessState
from app.cases.models.case import Case
from app.core import formats
from app.core.clock import machine_now
from app.db.column_info import column_info, labelled
from app.db.model import Entity
from app.db.types import Instant, Prose
from app.security.models import PortalUser

EMERGENCY_ACCESS_LIFETIME = timedelta(hours=1)
"""Time for which the case stays open to the user who opened it."""


class EmergencyAccess(Entity):
    """One attempt to open a hidden case; all instants are machine time, as those of a session.

    The audit listener skips this table: the service writes audit entries of its own action,
    `emergency_access`.
    """

    __tablename__ = "emergency_access"
    __audited__ = False
    __table_args__ = (
        Index("ix_emergency_access_user_id", "user_id", "opened_at"),
        Index("ix_emergency_access_expires_at", "user_id", "expires_at"),
        Index("ix_emergency_access_case_id", "case_id"),
        Index("ix_emergency_access_opened_at", "opened_at", "id"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id", ondelete="RESTRICT"))
    """NULL: the attempt was refused and opened nothing."""
    reason: Mapped[str] = mapped_column(
        Prose,
        info=column_info(
            _l("Reason"),
            hint=_l("Why it cannot wait for the team. The team and the supervisor read it: name nobody."),
            personal=True,
        ),
    )
    opened_at: Mapped[datetime] = mapped_column(
        Instant, default=machine_now, info=column_info(_l("Asked at"))
    )
    expires_at: Mapped[datetime] = mapped_column(Instant, info=column_info(_l("Open until")))
    """End of the access; brought forward when it is closed early."""

    user: Mapped[PortalUser] = relationship(foreign_keys=[user_id], info=column_info(_l("Who")))
    case: Mapped[Case | None] = relationship(info=column_info(_l("Case")))

    @property
    @labelled(_l("State"))
    def state(self) -> EmergencyAccessState:
        """Whether the case is open to the user now, no longer, or never was."""
        if self.case_id is None:
            return EmergencyAccessState.refused
        return EmergencyAccessState.open if self.expires_at > machine_now() else EmergencyAccessState.closed

    @property
    @labelled(_l("Open until"))
    def open_until(self) -> datetime | None:
        """When the access ends or ended; None if the attempt was refused."""
        return None if self.case_id is None else self.expires_at

    @property
    @labelled(_l("Who and when"))
    def label(self) -> str:
        """User and time; the case is named only to those who see it."""
        return str(
            _("%(name)s, %(moment)s", name=self.user.full_name, moment=formats.format_instant(self.opened_at))
        )

    def __str__(self) -> str:
        return self.label


def build_emergency_case_query() -> ScalarSelect[str]:
    """Select the ids of the cases that a user has open by emergency access at `:now`, joined by commas.

    A scalar subquery, correlated with `PortalUser`.
    """
    return (
        select(func.aggregate_strings(cast(EmergencyAccess.case_id, Text), ","))
        .where(
            EmergencyAccess.user_id == PortalUser.id,
            EmergencyAccess.expires_at > bindparam("now", type_=Instant()),
        )
        .correlate(PortalUser)
        .scalar_subquery()
    )
