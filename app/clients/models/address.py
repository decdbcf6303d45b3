"""Address columns that clients and households share."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.db.types import Line, personal_info
from app.reference.models import Kelurahan


class AddressMixin:
    """Where somebody lives or was found: a kelurahan of the city, or a place outside it."""

    address: Mapped[str | None] = mapped_column(Line(300), info=personal_info())
    rt: Mapped[str | None] = mapped_column(Line(10), info=personal_info(digits=True))
    rw: Mapped[str | None] = mapped_column(Line(10), info=personal_info(digits=True))
    outside_address: Mapped[str | None] = mapped_column(Line(300), info=personal_info())

    @declared_attr
    def kelurahan_id(cls) -> Mapped[int | None]:  # noqa: N805
        """Foreign key to the kelurahan; NULL outside the city or if unknown."""
        return mapped_column(ForeignKey("kelurahan.id", ondelete="RESTRICT"), index=True)

    @declared_attr
    def kelurahan(cls) -> Mapped[Kelurahan | None]:  # noqa: N805
        """Relationship to the kelurahan."""
        return relationship(Kelurahan)

    @property
    def place(self) -> str:
        """Address in one line."""
        parts = (("RT", self.rt), ("RW", self.rw))
        neighbourhood = "/".join(f"{kind} {number}" for kind, number in parts if number)
        ward = self.kelurahan.name if self.kelurahan else None
        return ", ".join(filter(None, (self.address, neighbourhood, ward, self.outside_address)))
