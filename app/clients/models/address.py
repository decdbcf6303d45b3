"""Address columns that clients and households share."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.db.column_info import column_info, labelled
from app.db.types import Line
from app.reference.models import Kelurahan


class AddressMixin:
    """Where somebody lives or was found: a kelurahan of the city, or a place outside it."""

    address: Mapped[str | None] = mapped_column(
        Line(300), info=column_info(_l("Address"), hint=_l("Street, alley, number."), personal=True)
    )
    rt: Mapped[str | None] = mapped_column(Line(10), info=column_info(_l("RT"), personal=True, digits=True))
    rw: Mapped[str | None] = mapped_column(Line(10), info=column_info(_l("RW"), personal=True, digits=True))
    outside_address: Mapped[str | None] = mapped_column(
        Line(300),
        info=column_info(
            _l("Address outside Bontang"),
            hint=_l("Only for people from elsewhere: city or regency, and province."),
            personal=True,
        ),
    )

    @declared_attr
    def kelurahan_id(cls) -> Mapped[int | None]:  # noqa: N805
        """Foreign key to the kelurahan; NULL outside the city or if unknown."""
        return mapped_column(ForeignKey("kelurahan.id", ondelete="RESTRICT"), index=True)

    @declared_attr
    def kelurahan(cls) -> Mapped[Kelurahan | None]:  # noqa: N805
        """Relationship to the kelurahan."""
        return relationship(Kelurahan, info=column_info(_l("Kelurahan")))

    @property
    @labelled(_l("Address"))
    def place(self) -> str:
        """Address in one line."""
        parts = (("RT", self.rt), ("RW", self.rw))
        neighbourhood = "/".join(f"{kind} {number}" for kind, number in parts if number)
        ward = self.kelurahan.name if self.kelurahan else None
        return ", ".join(filter(None, (self.address, neighbourhood, ward, self.outside_address)))
