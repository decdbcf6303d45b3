"""Gapless number series per year, for cases, letters and handovers."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.db.model import Base
from app.db.types import Line
from app.extensions import db


class NumberSeries(Base):
    """The last number allocated for a kind and a year."""

    __tablename__ = "number_series"

    kind: Mapped[str] = mapped_column(Line(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


def allocate_number(kind: str, year: int) -> int:
    """Allocate and return the next number of the series.

    The row stays locked until the transaction ends, so the number of a rolled-back transaction is allocated
    again: no gaps.
    """
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    db.session.execute(
        insert(NumberSeries)
        .values(kind=kind, year=year, last=1)
        .on_conflict_do_update(index_elements=["kind", "year"], set_={"last": NumberSeries.last + 1})
    )
    return db.session.scalars(select(NumberSeries.last).filter_by(kind=kind, year=year)).one()
