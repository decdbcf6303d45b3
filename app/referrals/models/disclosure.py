"""Model of the data that a partner was shown; append-only in the database."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.db.column_info import column_info
from app.db.model import Base
from app.db.types import Instant, Line, PlainJSON, enum_type
from app.referrals.enums import DisclosureOrigin
from app.referrals.models.referral import Referral


class ReferralDisclosure(Base):
    """Data that the partner was shown at one sending; letter and partner page show the newest row.

    `data` is a list of `{"field", "label", "value"}`. The event of the sending holds its salted hash, so that
    a changed row is detected. As in the audit book and the case events, the database allows one update only:
    it empties `data` and `salt` (legal erasure).
    """

    __tablename__ = "referral_disclosure"
    __title__ = _l("Data shown to a partner")
    __parent_keys__ = ("referral_id",)
    __table_args__ = (
        Index("ix_referral_disclosure_referral_id", "referral_id", "id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id", ondelete="RESTRICT"))
    disclosed_at: Mapped[datetime] = mapped_column(Instant, default=clock.now)
    origin: Mapped[DisclosureOrigin] = mapped_column(enum_type(DisclosureOrigin))
    data: Mapped[list[dict[str, str]] | None] = mapped_column(PlainJSON, info=column_info(personal=True))
    salt: Mapped[str | None] = mapped_column(Line(64), info=column_info(internal=True))
    data_hash: Mapped[str] = mapped_column(Line(64), info=column_info(internal=True))
    erased_at: Mapped[datetime | None] = mapped_column(Instant)

    referral: Mapped[Referral] = relationship(back_populates="disclosures")
