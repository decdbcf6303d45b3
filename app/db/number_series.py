"""Numbers without gaps: cases, letters, handovers of a year."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.db.model import Base
from app.db.types import Line
from app.extensions import db


class NumberSeries(Base):
    """The last number given out of a kind in a year."""

    __tablename__ = "number_series"

    kind: Mapped[str] = mapped_column(Line(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


def allocate_number(kind: str, year: int) -> int:
    """Give out the next number of the series.

    The row stays locked until the transaction ends, so a rolled-back number is given out again: no gaps.
    """
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    db.session.execute(
        insert(NumberSeries)
        .values(kind=kind, year=year, last=1)
        .on_conflict_do_update(index_elements=["kind", "year"], set_={"last": NumberSeries.last + 1})
    )
    return db.session.scalars(select(NumberSeries.last).filter_by(kind=kind, year=year)).one()
