"""One invented referral: its row, its clock, and what is kept beside it."""

import json
from datetime import datetime, timedelta
from typing import Any

from app.cases.choices import Urgency
from app.core import chain
from app.core.search import search_text
from app.referrals import clocks
from app.referrals.choices import Step
from app.referrals.models import Referral
from app.referrals.services import links
from app.synthetic.book import Book
from app.synthetic.loading import blank
from app.synthetic.network import Network, Offer
from app.synthetic.world import PORTAL, day_of

REQUESTS = (
    "Mohon dibantu sesuai layanan yang tersedia.",
    "Mohon klien diterima dan didata, berkas terlampir.",
    "Mohon kunjungan ke rumah, klien tidak dapat datang sendiri.",
)
ANSWERERS = ("Petugas layanan", "Bagian pendaftaran", "Kepala seksi")
HOW = ("phone", "phone", "whatsapp", "in_person")
LATE = 0.02
"""Of all steps, so many come late."""
MOST_HOURS = 60
"""A step that comes in time comes within so many hours, however long it may take: few wait at any time."""


class Asked:
    """What the steps of a referral share; whose turn it is and until when follow from where it stands."""

    def __init__(self, network: Network, book: Book, offer: Offer, previous: "Asked | None" = None) -> None:
        self._network, self._book, self._offer = network, book, offer
        self._world, self._chance = book.world, book.world.chance
        self._urgency = Urgency[book.case["urgency"]]
        self.key = self._world.loading.next_id("referral")
        self._row: dict[str, Any] = blank(Referral) | {
            "id": self.key,
            "case_id": book.case["id"],
            "partner_id": offer.partner_id,
            "need_kind_id": offer.need_id,
            "request": self._chance.choice(REQUESTS) if previous is None else previous._row["request"],
            "urgency": book.case["urgency"],
            "previous_id": None if previous is None else previous.key,
            "created_at": book.moment,
            "version": 0,
        }

    def _add_link(self, now: datetime) -> None:
        """The letter's link, as `links.add_letter_link` makes it; nobody was ever told its code."""
        seed, code = (f"{self._chance.getrandbits(256):064x}" for _each in range(2))
        self._say_beside(
            "referral_link",
            token_hash=links.letter_hash(seed),
            code_hash=code,
            seed=seed,
            expires_at=now + links.LIFE,
            attempts=0,
        )

    def _disclose(self, now: datetime) -> dict[str, Any]:
        """Keep what the partner is shown; gives what the event of the sending says of it."""
        texts = {
            "letter_number": self._row["letter_number"],
            "letter_nature": "Biasa",
            "letter_date": str(day_of(now)),
            "addressee": "Mitra",
            "need": self._offer.need,
            "request": self._row["request"],
            "name": "Klien",
        }
        data = [{"field": field, "label": field, "value": text} for field, text in texts.items()]
        salt = f"{self._chance.getrandbits(128):032x}"
        row: dict[str, Any] = {
            "id": self._world.loading.next_id("referral_disclosure"),
            "referral_id": self.key,
            "disclosed_at": now,
            "origin": "sent",
            "data": json.dumps(data),
            "salt": salt,
            "data_hash": chain.digest(data, salt),
            "erased_at": None,
        }
        self._world.loading.add("referral_disclosure", row)
        return {"disclosure_id": row["id"], "disclosure_hash": row["data_hash"]}

    def _wait(self, step: Step) -> bool:
        """Let the clock of a step run: true once it is made; sometimes it is late, and that is told."""
        limit = self._network.limit(step, self._offer, self._urgency)
        least = 72 if limit is None else limit.hours or 24 * (limit.working_days or 0)
        if limit is None or self._chance.random() >= LATE:
            if self._book.later(0.02 * least, min(0.9 * least, MOST_HOURS)):
                return True
            self._row["due_at"] = self._due(limit)
            return False
        due = self._due(limit)
        if due is not None and self._book.until(due + timedelta(minutes=1)):
            self._event("referral_overdue", by=PORTAL, due_at=due, step=step)
            if self._book.later(1, 48):
                return True
            self._row["escalated_at"] = self._book.moment
        self._row["due_at"] = due
        return False

    def _due(self, limit: clocks.Limit | None) -> datetime | None:
        return None if limit is None else clocks.due_at(self._book.moment, limit, self._network.holidays)

    def _stand(self, state: str, *, office: bool = False) -> None:
        self._row |= {"state": state, "owner_id": self._book.worker.id if office else None}
        self._touch()

    def _touch(self) -> None:
        self._row["changed_at"] = self._book.moment
        self._row["version"] += 1

    def _event(self, kind: str, **more: Any) -> None:
        told = {"number": self._row["number"], "need": self._offer.need, "partner_id": self._offer.partner_id}
        self._book.event(kind, "referral", self.key, **told, **more)

    def _say(self, kind: str, text: str | None = None) -> None:
        self._say_beside(
            "referral_message",
            kind=kind,
            said_at=self._book.moment,
            text=text,
            name=self._chance.choice(ANSWERERS),
            told_how=self._chance.choice(HOW),
        )

    def _say_beside(self, table: str, **fields: Any) -> None:
        self._world.row(table, self._book.moment, self._book.worker, referral_id=self.key, **fields)

    def _keep(self) -> None:
        row, worker = self._row, self._book.worker
        row["search_text"] = f"{search_text(row['number'], row['letter_number'])} {self._offer.words}"
        row["shared_fields"] = json.dumps(row["shared_fields"] or [])
        row |= {"created_by_id": worker.id, "changed_by_id": worker.id}
        self._world.loading.add("referral", row)
        for title in self._offer.papers:
            waived = self._chance.random() < 0.1
            self._world.row(
                "referral_document",
                row["created_at"],
                worker,
                referral_id=self.key,
                title=title,
                on_paper=row["sent_at"] is not None and not waived,
                waived_reason="Belum punya." if waived else None,
            )
