"""Base class of the money entries of a grant, and the messages of their database constraints."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.cases.models.case import Case
from app.db.column_info import column_info, labelled
from app.db.model import Entity
from app.db.types import Prose, Rupiah
from app.grants.models.pots import Grant
from app.security.models import PortalUser

_POSITIVE_MESSAGE = _l("The amount must be more than zero.")
_INSUFFICIENT_FUNDS_MESSAGE = _l(
    "Meanwhile somebody else used this money: not so much is left. Look at the grant again."
)


def build_constraint_messages(
    table: str, **more: tuple[str | None, Any]
) -> dict[str, tuple[str | None, Any]]:
    """Map constraint names of the table to (field, message); `more` adds or replaces rules.

    These are fallback messages: the services explain more, but the database has the last word.
    """
    messages: dict[str, tuple[str | None, Any]] = {
        "amount": ("amount", _POSITIVE_MESSAGE),
        "ceiling": ("amount", _INSUFFICIENT_FUNDS_MESSAGE),
        "received": ("amount", _INSUFFICIENT_FUNDS_MESSAGE),
        "purpose": ("purpose", _l("This grant does not allow that purpose.")),
        "late": ("late_reason", _l("The fiscal year of this grant is over.")),
        "state": (None, _l("No money can be taken from this grant in its present state.")),
        "cash": (None, _l("This grant is goods: it has no money to reserve or spend.")),
        "final": (None, _l("This entry is final: correct it by a reversal.")),
        **more,
    }
    return {f"ck_{table}_{rule}": message for rule, message in messages.items()}


class MoneyEntry(Entity):
    """Base class of the money entries of a grant; `amount` is in whole rupiah and positive."""

    __abstract__ = True

    amount: Mapped[int] = mapped_column(
        Rupiah, info=column_info(_l("Amount"), hint=_l("Whole rupiah, for example 2.000.000."))
    )
    late_reason: Mapped[str | None] = mapped_column(
        Prose,
        sort_order=70,
        info=column_info(
            _l("Why it is posted late"), hint=_l("Only when the fiscal year of the grant is over.")
        ),
    )
    """Why it is posted after the end of its fiscal year."""

    @declared_attr
    def grant_id(cls) -> Mapped[int]:  # noqa: N805
        """Foreign key of the grant."""
        return mapped_column(ForeignKey("grant_fund.id", ondelete="RESTRICT"), sort_order=1)

    @declared_attr
    def grant(cls) -> Mapped[Grant]:  # noqa: N805
        """Grant that the entry belongs to."""
        return relationship(Grant, info=column_info(_l("Grant")))

    @declared_attr
    def author(cls) -> Mapped[PortalUser | None]:  # noqa: N805
        """User who created the entry."""
        return relationship(
            PortalUser,
            foreign_keys=f"{cls.__name__}.created_by_id",
            viewonly=True,
            info=column_info(_l("Entered by")),
        )

    def __str__(self) -> str:
        return f"#{self.id}"


class CaseEntryMixin:
    """Mixin of entries that may be for one case. Lists of money show its number, never the client."""

    @declared_attr
    def case_id(cls) -> Mapped[int | None]:  # noqa: N805
        """Foreign key of the case, or NULL."""
        return mapped_column(ForeignKey("case_file.id", ondelete="RESTRICT"), index=True, sort_order=2)

    @declared_attr
    def case(cls) -> Mapped[Case | None]:  # noqa: N805
        """Case that the entry is for, or None."""
        return relationship(
            Case,
            info=column_info(
                _l("Case"),
                hint=_l(
                    "Type the number of the case or the client's name. Lists of money show the number alone."
                ),
            ),
        )

    @property
    def has_case(self) -> bool:
        """Whether the entry is for a case; correct before the first flush, too."""
        return self.case_id is not None or self.case is not None

    @property
    @labelled(_l("Case"))
    def case_number(self) -> str | None:
        """Number of the case, all that lists of money show of it."""
        return None if self.case is None else self.case.number
