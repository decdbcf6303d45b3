"""The money of the invented office: spent on its cases, and on itself."""

from datetime import datetime

from app.core.search import search_text
from app.grants.models import Expenditure
from app.synthetic.book import Book
from app.synthetic.loading import blank
from app.synthetic.pots import Pots
from app.synthetic.spent import NUMBER, OVER, Promise, Spent
from app.synthetic.world import World, day_of

AMOUNTS = (200_000, 300_000, 500_000, 750_000, 1_000_000, 1_500_000)
THINGS = ("Bantuan biaya hidup", "Biaya berobat", "Sewa rumah satu bulan", "Modal usaha kecil")
OFFICE = ("Fotokopi dan alat tulis", "Bensin kunjungan rumah", "Konsumsi penyuluhan")
"""What the office spends money on for no case."""
PROMISED = 0.2
"""Of all spending on cases without aid, so much is reserved first."""


class Spending:
    """Proposes what the grants pay for."""

    def __init__(self, world: World, pots: Pots) -> None:
        self._world, self._pots = world, pots

    def spend(self, book: Book) -> None:
        """Pay something for the client of a case, or promise it first."""
        amount, what = self._world.chance.choice(AMOUNTS), self._world.chance.choice(THINGS)
        year = day_of(book.moment).year
        pot = self._pots.take(year, "client_aid", amount)
        if pot is None:
            return
        promise = Promise(book, pot, amount, what) if self._world.chance.random() < PROMISED else None
        if promise is None or self._comes_true(promise, book, year):
            spent = Spent(book, pot, amount, what, promise)
            spent.propose()
            self.settle(spent, year)
            spent.keep()
        if promise is not None:
            promise.keep()

    def start(self, book: Book, what: str) -> Spent | None:
        """Begin to pay for aid; none: no grant of the year has so much left."""
        amount = self._world.chance.choice(AMOUNTS)
        pot = self._pots.take(day_of(book.moment).year, "client_aid", amount)
        return None if pot is None else Spent(book, pot, amount, what)

    def settle(self, spent: Spent, year: int) -> bool:
        """Decide on it; true: it is paid. What was spent in a year that is over is proved."""
        return spent.settle(must_prove=self._pots.is_over(year))

    def run_office(self, moment: datetime) -> None:
        """Pay something for no case: an administrator enters it, and it is approved at once."""
        chance, day, admin = self._world.chance, day_of(moment), self._world.admin
        amount, what = chance.choice(AMOUNTS), chance.choice(OFFICE)
        pot = self._pots.take(day.year, "operational", amount)
        if pot is None:
            return
        key = self._world.loading.next_id("expenditure")
        number = NUMBER.format(year=day.year, key=key)
        paid = {
            "id": key,
            "grant_id": pot.id,
            "purpose": "operational",
            "amount": amount,
            "spent_on": day,
            "description": what,
            "state": "approved",
            "posted_on": day,
            "evidence": self._world.receipt,
            "evidence_number": number,
            "evidence_on": day,
            "search_text": search_text(what, number),
        }
        self._world.row("expenditure", moment, admin, **blank(Expenditure) | paid)

    @staticmethod
    def _comes_true(promise: Promise, book: Book, year: int) -> bool:
        """Wait until the money is needed; a promise that outlives its year is taken back."""
        if not book.later(24, 240):
            return False
        if day_of(book.moment).year == year:
            return True
        promise.release(OVER)
        return False
