"""Invented work of the office: cases, and what happens in each from its opening to its end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.cases.services.opening import SERIES
from app.core.search import search_text
from app.extensions import db
from app.reference.choices import Confidentiality
from app.reference.models import PpksCategory
from app.synthetic import entries
from app.synthetic.book import Book
from app.synthetic.giving import Giving
from app.synthetic.loading import Row
from app.synthetic.network import Network
from app.synthetic.pots import Pots
from app.synthetic.referring import Referring
from app.synthetic.spending import Spending
from app.synthetic.world import World, day_of

PROBLEMS = (
    "Tidak punya penghasilan tetap, sewa rumah menunggak.",
    "Anak putus sekolah karena biaya.",
    "Pertengkaran suami istri yang berulang, meminta konseling.",
    "Lansia tinggal sendiri, tetangga khawatir.",
    "Kehilangan pekerjaan, meminta modal usaha kecil.",
)
CHANNELS = ("walk_in", "walk_in", "rt_rw", "outreach", "phone_whatsapp", "partner")
ENTRIES = (0, 0, 0, 1, 1, 2)
"""How many services, notes and follow-ups a case has, beside what follows from referrals and money."""
REFERRED, SPENT_ON, GIVEN, OFFICE = 0.325, 0.09, 0.14, 0.003
"""Of all cases, so many have a referral, spending, aid; and once in so many the office spends on itself."""
TIERS = {Confidentiality.ordinary: 95, Confidentiality.limited: 3, Confidentiality.secret: 2}
"""Of a hundred cases, how many are how confidential."""
LASTS = timedelta(days=120)
"""After so long a case is closed, but for one in fifty."""
LONGEST = 5_000
"""Events of the first case of all, which is ordinary and never ended: the timeline is measured by it."""

Act = Callable[[Book], None]


class Office:
    """Opens and works on the cases of each client."""

    def __init__(self, world: World, network: Network, pots: Pots) -> None:
        self._world = world
        self._refer = Referring(network).refer
        self._spending = Spending(world, pots)
        self._give = Giving(world, network, self._spending).give
        categories = db.session.scalars(select(PpksCategory).order_by(PpksCategory.code)).all()
        self._categories = {
            tier: [(category.id, tier.name) for category in categories if category.confidentiality is tier]
            for tier in Confidentiality
        }
        db.session.rollback()

    def work_for(self, client_id: int, since: datetime) -> None:
        """Open a case or two for a client, with what was done in it."""
        for turn in range(self._world.chance.choice((1, 2))):
            opened = min(since + turn * LASTS, self._world.now - timedelta(minutes=5))
            book = self._open(client_id, opened, self._tier())
            for act in self._acts():
                if book.later(3, 400):
                    act(book)
                if book.waits:
                    break
            self._end(book)
            if self._world.chance.random() < OFFICE:
                self._spending.run_office(opened)

    def work_longest_for(self, client_id: int, since: datetime) -> None:
        """Open the case that never ends, and work on it evenly until today."""
        book = self._open(client_id, since, Confidentiality.ordinary)
        hours = (self._world.now - since) / timedelta(hours=1) / LONGEST
        while book.events < LONGEST:
            book.later(hours, hours)
            self._world.chance.choice((entries.service, entries.note))(book)
        self._keep(book, None)

    def _acts(self) -> list[Act]:
        chance = self._world.chance
        own: tuple[Act, ...] = (entries.service, entries.service, entries.note, entries.follow_up)
        acts = chance.choices(own, k=chance.choice(ENTRIES))
        rolled = ((REFERRED, self._refer), (SPENT_ON, self._spending.spend), (GIVEN, self._give))
        acts += [act for share, act in rolled if chance.random() < share]
        chance.shuffle(acts)
        return acts

    def _tier(self) -> Confidentiality:
        (tier,) = self._world.chance.choices(list(TIERS), list(TIERS.values()))
        return tier

    def _open(self, client_id: int, opened: datetime, tier: Confidentiality) -> Book:
        world, chance, year = self._world, self._world.chance, day_of(opened).year
        number = f"LK3/{year}/{world.next_number(SERIES, year):04d}"
        category, confidentiality = chance.choice(self._categories[tier])
        case_id = world.loading.next_id("case_file")
        link = {"case_id": case_id, "category_id": category, "is_primary": True}
        world.loading.add("case_category", link)
        case: dict[str, Any] = {
            "id": case_id,
            "number": number,
            "client_id": client_id,
            "opened_at": opened,
            "channel": chance.choice(CHANNELS),
            "presenting_problem": chance.choice(PROBLEMS),
            "focus": chance.choice(("poverty", "psychosocial", "family_resilience")),
            "urgency": chance.choice(("ordinary", "ordinary", "ordinary", "urgent", "emergency")),
            "confidentiality": confidentiality,
            "violence_reported_at": None,
            "search_text": search_text(number),
        }
        book = Book(world, case, chance.choice(world.workers))
        book.event("case_opened", "case_file", case_id, number=number, client_id=client_id, report_id=None)
        return book

    def _end(self, book: Book) -> None:
        """Close the case where nothing waits any more, but for one in fifty; then keep it."""
        end = max(book.moment, book.case["opened_at"] + LASTS)
        over = not book.waits and self._world.chance.random() < 0.98 and book.until(end)
        if over:
            closing = {"closed_at": end, "closing_reason": "goal_reached"}
            book.entry("case_closure", closing_summary="Tujuan tercapai, keluarga mandiri.", **closing)
            case_id = book.case["id"]
            book.event("case_closed", "case_file", case_id, closing_reason=closing["closing_reason"])
        self._keep(book, end if over else None)

    def _keep(self, book: Book, end: datetime | None) -> None:
        standing: Row = {
            "stage": "termination" if end else "intervention",
            "status": "closed" if end else "active",
            "worker_id": book.worker.id,
            "closed_at": end,
            "closing_reason": "goal_reached" if end else None,
            "closing_summary": "Tujuan tercapai, keluarga mandiri." if end else None,
        }
        case = book.case
        self._world.row("case_file", case["opened_at"], book.worker, **case, **standing)
        self._world.loading.add("case_team", {"case_id": case["id"], "user_id": book.worker.id})
