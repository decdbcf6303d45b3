"""Invented work of the office: cases, entries and the book of each, chained as the verbs chain it."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from app.cases.services.opening import SERIES
from app.core import chain, clock
from app.core.numbers import NumberSeries
from app.core.search import search_text
from app.extensions import db
from app.reference.choices import Confidentiality
from app.reference.models import PpksCategory
from app.synthetic.loading import Loading, Row

PROBLEMS = (
    "Tidak punya penghasilan tetap, sewa rumah menunggak.",
    "Anak putus sekolah karena biaya.",
    "Pertengkaran suami istri yang berulang, meminta konseling.",
    "Lansia tinggal sendiri, tetangga khawatir.",
    "Kehilangan pekerjaan, meminta modal usaha kecil.",
)
TALKS = (
    "Mendengarkan keluhan, mencatat kebutuhan, menjelaskan layanan yang ada.",
    "Kunjungan rumah: keadaan keluarga dilihat, disepakati langkah berikutnya.",
    "Menjelaskan syarat surat keterangan di kelurahan.",
)
KINDS = ("consultation", "counselling", "information", "advocacy", "outreach")
CHANNELS = ("walk_in", "walk_in", "rt_rw", "outreach", "phone_whatsapp", "partner")
ENTRIES = (0, 1, 2, 2, 3, 4, 5)
"""How many entries a case has beside its opening and its end."""
TIERS = {Confidentiality.ordinary: 95, Confidentiality.limited: 3, Confidentiality.secret: 2}
"""Of a hundred cases, how many are how confidential."""
LASTS = timedelta(days=120)
"""After so long a case is closed, but for one in fifty."""


class Office:
    """Opens and works on the cases of each client."""

    def __init__(
        self, chance: Random, loading: Loading, workers: list[tuple[int, str]], now: datetime
    ) -> None:
        self._chance, self._loading, self._workers, self._now = chance, loading, workers, now
        self._numbers: Counter[int] = Counter()
        categories = db.session.scalars(select(PpksCategory).order_by(PpksCategory.code)).all()
        self._categories = {
            tier: [(category.id, tier.name) for category in categories if category.confidentiality is tier]
            for tier in Confidentiality
        }
        db.session.rollback()

    def work_for(self, client_id: int, since: datetime) -> None:
        """Open a case or two for a client, with what was done in it."""
        for turn in range(self._chance.choice((1, 2))):
            opened = min(since + turn * LASTS, self._now - timedelta(minutes=5))
            Story(self._chance, self._loading, self._chance.choice(self._workers), self._now).tell(
                self._case(client_id, opened)
            )

    def close_books(self) -> None:
        """Say which number of each year was the last."""
        for year, last in sorted(self._numbers.items()):
            self._loading.add(NumberSeries.__tablename__, {"kind": SERIES, "year": year, "last": last})
        self._loading.write()

    def _case(self, client_id: int, opened: datetime) -> dict[str, Any]:
        year = opened.astimezone(clock.WITA).year
        self._numbers[year] += 1
        number = f"LK3/{year}/{self._numbers[year]:04d}"
        (tier,) = self._chance.choices(list(TIERS), list(TIERS.values()))
        category, confidentiality = self._chance.choice(self._categories[tier])
        case_id = self._loading.next_id("case_file")
        self._loading.add("case_category", {"case_id": case_id, "category_id": category, "is_primary": True})
        return {
            "id": case_id,
            "number": number,
            "client_id": client_id,
            "opened_at": opened,
            "channel": self._chance.choice(CHANNELS),
            "presenting_problem": self._chance.choice(PROBLEMS),
            "focus": self._chance.choice(("poverty", "psychosocial", "family_resilience")),
            "urgency": self._chance.choice(("ordinary", "ordinary", "ordinary", "urgent", "emergency")),
            "confidentiality": confidentiality,
            "search_text": search_text(number),
        }


class Story:
    """What happened in one case, told in order."""

    def __init__(self, chance: Random, loading: Loading, worker: tuple[int, str], now: datetime) -> None:
        self._chance, self._loading, self._now = chance, loading, now
        self._worker_id, self._worker_name = worker
        self._last_hash = chain.GENESIS

    def tell(self, case: dict[str, Any]) -> None:
        """Write the case and everything that happened in it."""
        case_id, moment = case["id"], case["opened_at"]
        opening = {"number": case["number"], "client_id": case["client_id"], "report_id": None}
        self._event(case_id, "case_opened", moment, "case_file", case_id, opening)
        for _ in range(self._chance.choice(ENTRIES)):
            moment = min(moment + timedelta(hours=self._chance.randrange(3, 400)), self._now)
            self._chance.choice((self._service, self._service, self._note, self._follow_up))(case_id, moment)
        over = case["opened_at"] + LASTS < self._now and self._chance.random() < 0.98
        end = max(moment, case["opened_at"] + LASTS) if over else None
        self._loading.add("case_file", {**case, **self._standing(end), **self._stamps(case["opened_at"])})
        self._loading.add("case_team", {"case_id": case_id, "user_id": self._worker_id})
        if end is not None:
            self._close(case_id, end)

    def _standing(self, end: datetime | None) -> Row:
        return {
            "stage": "termination" if end else "intervention",
            "status": "closed" if end else "active",
            "worker_id": self._worker_id,
            "closed_at": end,
            "closing_reason": "goal_reached" if end else None,
            "closing_summary": "Tujuan tercapai, keluarga mandiri." if end else None,
        }

    def _close(self, case_id: int, end: datetime) -> None:
        closing = {"closed_at": end, "closing_reason": "goal_reached"}
        summary = {"closing_summary": "Tujuan tercapai, keluarga mandiri."}
        self._entry("case_closure", case_id, end, closing | summary)
        self._event(case_id, "case_closed", end, "case_file", case_id, {"closing_reason": "goal_reached"})

    def _service(self, case_id: int, moment: datetime) -> None:
        kind, place = self._chance.choice(KINDS), self._chance.choice(("office", "home", "phone"))
        fields = {
            "kind": kind,
            "happened_at": moment,
            "place": place,
            "narrative": self._chance.choice(TALKS),
        }
        source = self._entry("service", case_id, moment, fields)
        data = {"service": kind, "place": place, "partner_id": None}
        self._event(case_id, "service_given", moment, "service", source, data)

    def _note(self, case_id: int, moment: datetime) -> None:
        fields = {"happened_at": moment, "text": self._chance.choice(TALKS)}
        self._event(
            case_id, "note_added", moment, "case_note", self._entry("case_note", case_id, moment, fields), {}
        )

    def _follow_up(self, case_id: int, moment: datetime) -> None:
        due = (moment + timedelta(days=self._chance.randrange(1, 30))).date()
        waiting = due >= self._now.date() - timedelta(days=10)
        fields = {
            "title": "Menanyakan perkembangan",
            "due_on": due,
            "assignee_id": self._worker_id,
            "state": "open" if waiting else "done",
            "done_at": None if waiting else moment + timedelta(hours=30),
            "result": None if waiting else "Sudah ditemui.",
        }
        source = self._entry("follow_up", case_id, moment, fields)
        data = {"due_on": due.isoformat(), "assignee_id": self._worker_id}
        self._event(case_id, "follow_up_set", moment, "follow_up", source, data)
        if not waiting:
            self._event(case_id, "follow_up_done", moment + timedelta(hours=30), "follow_up", source, {})

    def _entry(self, table: str, case_id: int, moment: datetime, fields: Row) -> int:
        row = {"id": self._loading.next_id(table), "case_id": case_id, **fields, **self._stamps(moment)}
        self._loading.add(table, row)
        return int(row["id"])

    def _event(
        self, case_id: int, kind: str, moment: datetime, source: str, source_id: int, data: Row
    ) -> None:
        salt = f"{self._chance.getrandbits(128):032x}"
        data_hash = chain.digest(data, salt)
        fields = {
            "case_id": case_id,
            "kind": kind,
            "occurred_at": moment,
            "recorded_at": moment,
            "actor_id": self._worker_id,
            "actor_name": self._worker_name,
            "actor_kind": "user",
            "source": source,
            "source_id": source_id,
            "corrects_id": None,
        }
        prev_hash, self._last_hash = self._last_hash, chain.link(self._last_hash, fields, data_hash)
        book = {"data": chain.canonical(data).decode(), "salt": salt, "data_hash": data_hash}
        hashes = {"prev_hash": prev_hash, "hash": self._last_hash}
        self._loading.add(
            "case_event", {"id": self._loading.next_id("case_event"), **fields, **book, **hashes}
        )

    def _stamps(self, moment: datetime) -> Row:
        return {
            "created_at": moment,
            "created_by_id": self._worker_id,
            "changed_at": moment,
            "changed_by_id": self._worker_id,
            "version": 1,
        }
