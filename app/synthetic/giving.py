"""Invented aid: planned, paid by a grant or given by a partner, handed over under a number of its own."""

from typing import Any

from app.aid import services
from app.aid.models import Aid
from app.synthetic.book import Book
from app.synthetic.loading import blank
from app.synthetic.network import Network
from app.synthetic.spending import AMOUNTS, Spending
from app.synthetic.spent import Spent
from app.synthetic.world import World, day_of

THINGS = (("cash", "Bantuan biaya hidup"), ("goods", "Paket sembako"), ("goods", "Perlengkapan sekolah"))
"""What a client is given, and as what."""
PARTNERS = 0.15
"""Of all aid, so much comes from partners and costs the office nothing."""


class Giving:
    """Gives the clients of the cases what the grants pay for, or what a partner gives."""

    def __init__(self, world: World, network: Network, spending: Spending) -> None:
        self._world, self._network, self._spending = world, network, spending

    def give(self, book: Book) -> None:
        """Plan aid and hand it over once it is paid."""
        kind, item = self._world.chance.choice(THINGS)
        year, spent = day_of(book.moment).year, None
        if self._world.chance.random() >= PARTNERS and (spent := self._spending.start(book, item)) is None:
            return
        given = Given(book, kind, item, self._giver(spent))
        paid = spent is None or self._spending.settle(spent, year)
        if paid and not book.waits:
            given.hand_over()
        elif spent is not None and spent.state in ("rejected", "reversed"):
            given.cancel("Tidak disetujui.")
        if spent is not None:
            spent.keep()
        given.keep()

    def _giver(self, spent: Spent | None) -> dict[str, Any]:
        if spent is not None:
            return {"expenditure_id": spent.key, "value": spent.amount}
        offer = self._world.chance.choice(self._network.offers)
        return {"partner_id": offer.partner_id, "value": self._world.chance.choice(AMOUNTS)}


class Given:
    """One aid."""

    def __init__(self, book: Book, kind: str, item: str, giver: dict[str, Any]) -> None:
        self._book, self._made = book, book.moment
        self._told: dict[str, Any] = {"item": item, "aid": kind}
        self._row: dict[str, Any] = blank(Aid) | {
            "id": book.world.loading.next_id("aid"),
            "case_id": book.case["id"],
            "kind": kind,
            "item": item,
            "quantity": 1,
            "state": "planned",
            "again_reason": "Kebutuhan mendesak, tidak ada bantuan lain." if kind == "cash" else None,
            **giver,
        }
        self._event("aid_planned")

    def hand_over(self) -> None:
        """Give it to the client, under the next number of the year."""
        book = self._book
        if not book.later(2, 72):
            return
        year = day_of(book.moment).year
        number = services.NUMBER.format(number=book.world.next_number(services.SERIES, year), year=year)
        self._row |= {
            "state": "handed_over",
            "handed_over_at": book.moment,
            "handover_number": number,
            "handler_id": book.worker.id,
            "received_by": "Klien sendiri",
            "evidence": book.world.receipt,
        }
        self._event("aid_handed_over", number=number)

    def cancel(self, reason: str) -> None:
        """Say why the client does not get it."""
        self._row |= {"state": "cancelled", "reason": reason}
        self._event("aid_cancelled", reason=reason)

    def keep(self) -> None:
        """Keep it as it stands."""
        version = 1 + (self._row["state"] != "planned")
        changed = {"changed_at": self._book.moment, "version": version}
        self._book.world.row("aid", self._made, self._book.worker, **self._row | changed)

    def _event(self, kind: str, **more: Any) -> None:
        self._book.event(kind, "aid", self._row["id"], **self._told, **more)
