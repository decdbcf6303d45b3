"""One invented expenditure for a case, perhaps promised first, from the proposal to the receipt."""

from typing import Any

from app.core.search import search_text
from app.grants.models import Commitment, Expenditure
from app.synthetic.book import Book
from app.synthetic.loading import blank
from app.synthetic.pots import Pot
from app.synthetic.world import Person, day_of

REJECTED, REVERSED, UNPROVED = 0.04, 0.01, 0.05
"""Of all proposals, so many are rejected; of what was approved, so many are reversed or lack a receipt."""
NUMBER = "KW/{year}/{key:06d}"
"""How receipts are numbered."""
OVER = "Tahun anggaran sudah berakhir."


class Promise:
    """Money of a grant that is held back for a case."""

    def __init__(self, book: Book, pot: Pot, amount: int, description: str) -> None:
        self._book, self.key = book, book.world.loading.next_id("commitment")
        self._told: dict[str, Any] = {"amount": amount, "purpose": "client_aid"}
        self._row = blank(Commitment) | {
            "id": self.key,
            "case_id": book.case["id"],
            "grant_id": pot.id,
            "committed_on": day_of(book.moment),
            "description": description,
            "state": "open",
            **self._told,
        }
        self._made = book.moment
        book.event("commitment_made", "commitment", self.key, **self._told)

    def release(self, reason: str) -> None:
        """Give the money free again."""
        self._row |= {"state": "released", "reason": reason}
        by = self._book.world.admin
        self._book.event("commitment_released", "commitment", self.key, by=by, **self._told, reason=reason)

    def use_up(self) -> None:
        """Let it be spent."""
        self._row["state"] = "spent"

    def keep(self) -> None:
        """Keep it as it stands."""
        version = 1 + (self._row["state"] != "open")
        self._book.world.row("commitment", self._made, self._book.worker, **self._row | {"version": version})


class Spent:
    """Money of a grant that is proposed to be spent on the client of a case."""

    def __init__(
        self, book: Book, pot: Pot, amount: int, description: str, promise: Promise | None = None
    ) -> None:
        self._book, self._pot, self._promise = book, pot, promise
        self.key, self.amount, self._made = book.world.loading.next_id("expenditure"), amount, book.moment
        self._told: dict[str, Any] = {"amount": amount, "purpose": "client_aid"}
        self._row: dict[str, Any] = blank(Expenditure) | {
            "id": self.key,
            "case_id": book.case["id"],
            "grant_id": pot.id,
            "commitment_id": None if promise is None else promise.key,
            "spent_on": day_of(book.moment),
            "description": description,
            "state": "proposed",
            **self._told,
        }

    @property
    def state(self) -> str:
        """How far it has come."""
        return str(self._row["state"])

    def propose(self) -> None:
        """Tell the proposal; where there is aid, it is the aid that is told."""
        self._event("expenditure_proposed")

    def settle(self, *, must_prove: bool) -> bool:
        """Let an administrator decide, and prove it; true: it is approved and stays so."""
        if not self._book.later(1, 72):
            return False
        chance, day = self._book.world.chance.random(), day_of(self._book.moment)
        if day.year != self._pot.year or chance < REJECTED:
            self._reject(OVER if day.year != self._pot.year else "Keluarga sudah menerima bantuan lain.")
            return False
        self._row |= {"state": "approved", "posted_on": day}
        self._event("expenditure_approved", by=self._book.world.admin)
        if self._promise is not None:
            self._promise.use_up()
        if chance > 1 - REVERSED and self._reverse():
            return False
        if must_prove or self._book.world.chance.random() >= UNPROVED:
            self._prove()
        return True

    def keep(self) -> None:
        """Keep it as it stands."""
        version = 1 + (self.state != "proposed") + (self._row["evidence"] is not None)
        self._row["search_text"] = search_text(self._row["evidence_number"]) or None
        changed = {"changed_at": self._book.moment, "version": version}
        self._write(self._row | changed, self._book.worker)

    def _reject(self, reason: str) -> None:
        self._pot.left += self.amount
        self._row |= {"state": "rejected", "reason": reason}
        self._event("expenditure_rejected", by=self._book.world.admin, reason=reason)
        if self._promise is not None:
            self._promise.release(reason)

    def _reverse(self) -> bool:
        if not self._book.later(3, 48) or day_of(self._book.moment).year != self._pot.year:
            return False
        reason, day = "Salah catat, dibukukan dua kali.", day_of(self._book.moment)
        self._pot.left += self.amount
        self._row |= {"state": "reversed", "reason": reason}
        told = {"reverses_id": self.key, "reason": reason, "late_reason": reason, "posted_on": day}
        opposite = {"id": self._book.world.loading.next_id("expenditure"), "commitment_id": None}
        admin = self._book.world.admin
        self._made, made = self._book.moment, self._made
        self._write(self._row | told | opposite, admin)
        self._made = made
        self._event("expenditure_reversed", by=admin, reason=reason)
        return True

    def _prove(self) -> None:
        if not self._book.later(2, 90):
            return
        day = day_of(self._book.moment)
        number = NUMBER.format(year=day.year, key=self.key)
        self._row |= {"evidence": self._book.world.receipt, "evidence_number": number, "evidence_on": day}
        self._event("evidence_attached")

    def _write(self, row: dict[str, Any], by: Person) -> None:
        self._book.world.row("expenditure", self._made, by, **row)

    def _event(self, kind: str, *, by: Person | None = None, **more: Any) -> None:
        self._book.event(kind, "expenditure", self.key, by=by, **self._told, **more)
