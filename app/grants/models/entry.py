"""What every amount of a grant has, and what is said when the database refuses one."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.cases.models.case import Case
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
    """Sentences of last resort: the verbs say more, but the database decides."""
    said: dict[str, tuple[str | None, Any]] = {
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
    return {f"ck_{table}_{rule}": sentence for rule, sentence in said.items()}


class MoneyEntry(Entity):
    """An amount of a grant."""

    __abstract__ = True

    amount: Mapped[int] = mapped_column(Rupiah)
    late_reason: Mapped[str | None] = mapped_column(Prose, sort_order=70)
    """Why it is posted after the end of its fiscal year."""

    @declared_attr
    def grant_id(cls) -> Mapped[int]:  # noqa: N805
        """Point to the pot."""
        return mapped_column(ForeignKey("grant_fund.id", ondelete="RESTRICT"), sort_order=1)

    @declared_attr
    def grant(cls) -> Mapped[Grant]:  # noqa: N805
        """Load the pot."""
        return relationship(Grant)

    @declared_attr
    def author(cls) -> Mapped[PortalUser | None]:  # noqa: N805
        """Load who entered it."""
        return relationship(PortalUser, foreign_keys=f"{cls.__name__}.created_by_id", viewonly=True)

    def __str__(self) -> str:
        return f"#{self.id}"


class CaseEntryMixin:
    """An amount that may be meant for one case; lists of money say its number, never whose case it is."""

    @declared_attr
    def case_id(cls) -> Mapped[int | None]:  # noqa: N805
        """Point to the case."""
        return mapped_column(ForeignKey("case_file.id", ondelete="RESTRICT"), index=True, sort_order=2)

    @declared_attr
    def case(cls) -> Mapped[Case | None]:  # noqa: N805
        """Load the case."""
        return relationship(Case)

    @property
    def has_case(self) -> bool:
        """Whether it is meant for a case."""
        return self.case_id is not None or self.case is not None

    @property
    def case_number(self) -> str | None:
        """The number alone."""
        return None if self.case is None else self.case.number
