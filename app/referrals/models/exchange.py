"""Models of the exchange between office and partner: documents, messages, links."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.db.column_info import column_info, labelled
from app.db.model import Entity
from app.db.types import Instant, Line, Prose, UploadedFile, enum_type
from app.referrals.enums import DocumentState, MessageKind, ToldHow
from app.referrals.models.referral import Referral
from app.security.models import PortalUser

_REFERRAL_ID = "referral.id"


class ReferralDocument(Entity):
    """A document that the partner requires: attached, enclosed on paper, or waived with a reason."""

    __tablename__ = "referral_document"
    __table_args__ = (
        UniqueConstraint("referral_id", "title"),
        CheckConstraint("(file IS NULL) = (sha256 IS NULL)", name="sha256"),
    )
    __constraint_messages__ = {
        "uq_referral_document_referral_id_title": ("title", _l("This document is on the checklist already.")),
    }

    referral_id: Mapped[int] = mapped_column(ForeignKey(_REFERRAL_ID, ondelete="RESTRICT"))
    title: Mapped[str] = mapped_column(Line(200), info=column_info(_l("Document"), personal=True))
    file: Mapped[str | None] = mapped_column(UploadedFile, info=column_info(_l("File")))
    sha256: Mapped[str | None] = mapped_column(Line(64), info=column_info(internal=True))
    on_paper: Mapped[bool] = mapped_column(default=False)
    waived_reason: Mapped[str | None] = mapped_column(
        Line(300),
        info=column_info(
            _l("Why it is waived"), hint=_l("For example: no identity, the family keeps it."), personal=True
        ),
    )

    referral: Mapped[Referral] = relationship(back_populates="documents", info=column_info(_l("Referral")))

    @property
    @labelled(_l("State"))
    def state(self) -> DocumentState:
        """Return the state; an attached file counts before paper, paper before a waiver."""
        if self.file is not None:
            return DocumentState.attached
        if self.on_paper:
            return DocumentState.on_paper
        return DocumentState.missing if self.waived_reason is None else DocumentState.waived

    @property
    def is_missing(self) -> bool:
        """Return whether the document is neither attached, enclosed nor waived."""
        return self.state is DocumentState.missing

    def __str__(self) -> str:
        return self.title


class ReferralMessage(Entity):
    """A message: an answer of the partner with the person who gave it, or a reply of the office."""

    __tablename__ = "referral_message"
    __parent_keys__ = ("referral_id",)
    __table_args__ = (
        CheckConstraint("kind <> 'accept' OR name IS NOT NULL", name="who"),
        CheckConstraint("(told_how = 'link') = (link_id IS NOT NULL)", name="by_link"),
        Index("ix_referral_message_referral_id", "referral_id", "id"),
        Index("ix_referral_message_link_id", "link_id"),
    )

    referral_id: Mapped[int] = mapped_column(ForeignKey(_REFERRAL_ID, ondelete="RESTRICT"))
    kind: Mapped[MessageKind] = mapped_column(enum_type(MessageKind))
    said_at: Mapped[datetime] = mapped_column(Instant, default=clock.now)
    text: Mapped[str | None] = mapped_column(Prose, info=column_info(personal=True))
    name: Mapped[str | None] = mapped_column(Line(120), info=column_info(personal=True))
    """Person who answered for the partner."""
    position: Mapped[str | None] = mapped_column(Line(120), info=column_info(personal=True))
    told_how: Mapped[ToldHow | None] = mapped_column(enum_type(ToldHow))
    """Channel by which the answer of the partner came in; NULL: the office wrote the message."""
    link_id: Mapped[int | None] = mapped_column(ForeignKey("referral_link.id", ondelete="RESTRICT"))

    referral: Mapped[Referral] = relationship(back_populates="messages")
    author: Mapped[PortalUser | None] = relationship(
        PortalUser, foreign_keys="ReferralMessage.created_by_id", viewonly=True
    )

    def __str__(self) -> str:
        return str(self.kind.value)


class ReferralLink(Entity):
    """A link by which a partner answers without an account. Token and code are stored as hashes only."""

    __tablename__ = "referral_link"
    __parent_keys__ = ("referral_id",)
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_referral_link_referral_id", "referral_id", "id"),
    )

    referral_id: Mapped[int] = mapped_column(ForeignKey(_REFERRAL_ID, ondelete="RESTRICT"))
    token_hash: Mapped[str] = mapped_column(Line(64), info=column_info(personal=True, internal=True))
    code_hash: Mapped[str] = mapped_column(Line(200), info=column_info(personal=True, internal=True))
    """Hash of the six-digit code that the peksos gives by phone."""
    seed: Mapped[str | None] = mapped_column(Line(64), info=column_info(personal=True, internal=True))
    """Seed of the link on the letter; its token is derived from the seed and the portal's key, so that a
    reprinted letter carries the same token. NULL: a link whose token was shown once."""
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    """Number of wrong codes since the code was made."""

    referral: Mapped[Referral] = relationship(back_populates="links")

    def __str__(self) -> str:
        return f"#{self.id}"
