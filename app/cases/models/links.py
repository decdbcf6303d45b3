"""Association tables of a case: team, problem tags, reports and categories."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.model import Base, partial_index
from app.reference.models import PpksCategory

_CASE_ID = "case_file.id"


class CaseTeam(Base):
    """Member of a case's team."""

    __tablename__ = "case_team"

    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE_ID, ondelete="RESTRICT"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("ab_user.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


class CaseTag(Base):
    """Problem tag of a case: what it is about, in plain words."""

    __tablename__ = "case_tag"

    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE_ID, ondelete="RESTRICT"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(
        ForeignKey("problem_tag.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


class CaseReport(Base):
    """Report that became a case or joined one; a report belongs to one case at most."""

    __tablename__ = "case_report"

    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE_ID, ondelete="RESTRICT"), primary_key=True)
    report_id: Mapped[int] = mapped_column(
        ForeignKey("incoming_report.id", ondelete="RESTRICT"), primary_key=True, unique=True
    )


class CaseCategory(Base):
    """PPKS category of a case; at most one of them is the primary one."""

    __tablename__ = "case_category"
    __table_args__ = (partial_index("is_primary", "uq_case_category_primary", "case_id", unique=True),)
    __constraint_messages__ = {
        "uq_case_category_primary": ("primary_category", _l("A case has one primary category.")),
    }

    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE_ID, ondelete="RESTRICT"), primary_key=True)
    category_id: Mapped[int] = mapped_column(
        ForeignKey("ppks_category.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    is_primary: Mapped[bool] = mapped_column(default=False)

    category: Mapped[PpksCategory] = relationship()
