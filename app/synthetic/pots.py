"""Invented grants of every fiscal year: who gave them, what they allow, what arrived, what is left."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import select

from app.core.search import search_text
from app.extensions import db
from app.grants.models import FundingSource
from app.grants.models.held import REPORT_DUE
from app.synthetic.people import FIRST_YEAR
from app.synthetic.world import World

CLIENTS_OF_ONE = 20_000
"""A grant more in every year for so many clients, and never fewer than the four kinds."""
CLIENTS_OF_GIVER = 50_000
"""A company more among the givers for so many clients."""
KINDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Hibah APBD", "DPA", ("operational", "client_aid", "activity")),
    ("Dana zakat", "NPHD", ("client_aid",)),
    ("Dana CSR", "MoU", ("client_aid", "activity")),
    ("Donasi", "BA", ()),
)
"""What a grant is called, what its document is called, and what it allows; empty: not stated."""
TRANCHES = ((2, 60), (7, 40))
"""In which month how much of a hundred arrives."""
CLIENTS_SPENT_ON, MEAN, ROOM, LEAST = 0.3, 800_000, 1.6, 100_000_000
"""A ceiling holds the spending to be expected and more, and never less than `LEAST`."""


@dataclass
class Pot:
    """A grant while money is taken from it."""

    id: int
    year: int
    purposes: tuple[str, ...]
    left: int
    """What may still be spent: of the ceiling, and of what arrived so far."""

    def covers(self, purpose: str, amount: int) -> bool:
        """Whether the grant allows it and holds enough."""
        return amount <= self.left and (not self.purposes or purpose in self.purposes)


class Pots:
    """All grants of all years, written before anything is spent."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sources = list(db.session.scalars(select(FundingSource.id).order_by(FundingSource.id)))
        db.session.rollback()
        for number in range(world.clients // CLIENTS_OF_GIVER):
            name = f"PT Mitra Usaha {number + 1} (CSR)"
            self._sources.append(world.row("funding_source", _on(FIRST_YEAR, 1), world.admin, name=name))
        self._of_year: dict[int, list[Pot]] = {}
        each = max(len(KINDS), world.clients // CLIENTS_OF_ONE)
        years = range(FIRST_YEAR, world.today.year + 1)
        expected = int(world.clients * CLIENTS_SPENT_ON * MEAN * ROOM / len(years) / each)
        for year in years:
            ceiling = max(LEAST, round(expected, -6))
            self._of_year[year] = [self._grant(year, number, ceiling) for number in range(each)]
        world.loading.write()

    def take(self, year: int, purpose: str, amount: int) -> Pot | None:
        """Hold an amount back in a grant of the year; none: nobody has so much left."""
        pots = [pot for pot in self._of_year[year] if pot.covers(purpose, amount)]
        pot = self._world.chance.choice(pots) if pots else None
        if pot is not None:
            pot.left -= amount
        return pot

    def is_over(self, year: int) -> bool:
        """Whether the LPJ of the year was due: since then its money can only be read."""
        return self._world.today > date(year + 1, *REPORT_DUE)

    def _grant(self, year: int, number: int, ceiling: int) -> Pot:
        world, over = self._world, self.is_over(year)
        called, paper, purposes = KINDS[number % len(KINDS)]
        name, document = f"{called} {year} no. {number + 1}", f"{paper}/{year}/{number + 1:03d}"
        arrived = [
            (month, ceiling * share // 100) for month, share in TRANCHES if _day(year, month) <= world.today
        ]
        state = ("closed" if self.is_over(year + 1) else "accounted") if over else "disbursed"
        key = world.row(
            "grant_fund",
            _on(year, 1),
            world.admin,
            source_id=self._sources[number % len(self._sources)],
            fiscal_year=year,
            name=name,
            budget_stage="original",
            form="cash",
            ceiling_initial=ceiling,
            document_number=document,
            report_number=f"LPJ/{year}/{number + 1:03d}" if over else None,
            accounted_on=date(year + 1, *REPORT_DUE) if over else None,
            state=state if arrived else "budgeted",
            search_text=search_text(name, document, numbers=(str(year),)),
        )
        for purpose in purposes:
            world.row("grant_purpose", _on(year, 1), world.admin, grant_id=key, purpose=purpose)
        for month, amount in arrived:
            day = _day(year, month)
            world.row(
                "disbursement",
                _on(year, month),
                world.admin,
                grant_id=key,
                amount=amount,
                disbursed_on=day,
                posted_on=day,
                document_number=f"SP2D/{year}/{month:02d}/{number + 1:03d}",
            )
        return Pot(key, year, purposes, sum(amount for _month, amount in arrived) or ceiling)


def _day(year: int, month: int) -> date:
    return date(year, month, 10)


def _on(year: int, month: int) -> datetime:
    return datetime.combine(_day(year, month), time(2), UTC)
