"""Invented referrals: each from the draft to the client's word, or as far as it has come today."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from app.cases.choices import Urgency
from app.clients.services import CONSENT_TEXT
from app.core.search import search_text
from app.partners.choices import PartnerKind
from app.reference.models import LETTER_PATTERN
from app.reference.services import office_on
from app.referrals import clocks
from app.referrals.choices import Step
from app.referrals.models import Referral
from app.referrals.services import drafts, letters, links
from app.synthetic.book import Book
from app.synthetic.loading import blank
from app.synthetic.network import Network, Offer
from app.synthetic.world import PORTAL, day_of

REQUESTS = (
    "Mohon dibantu sesuai layanan yang tersedia.",
    "Mohon klien diterima dan didata, berkas terlampir.",
    "Mohon kunjungan ke rumah, klien tidak dapat datang sendiri.",
)
SHARED = (["identity", "sex_and_age"], ["address", "identity", "phone"], ["identity", "nik", "problem"])
ANSWERERS = ("Petugas layanan", "Bagian pendaftaran", "Kepala seksi")
HOW = ("phone", "phone", "whatsapp", "in_person")
REFUSALS = {
    "capacity_full": True,
    "funds_exhausted": True,
    "criteria_not_met": False,
    "already_helped": False,
}
"""Reasons to decline, and whether the same partner may be asked again."""
OUTCOMES = ("met", "met", "met", "met", "partly_met", "partly_met", "not_met")

DECLINED, CANCELLED, LATE = 0.08, 0.02, 0.02
"""Of all referrals sent, so many are declined or cancelled; of all steps, so many come late."""
MOST_HOURS = 60
"""A step that comes in time comes within so many hours, however long it may take: few wait at any time."""


class Referring:
    """Refers the clients of the cases to the partners of the office."""

    def __init__(self, network: Network) -> None:
        self.network = network
        office = office_on()
        self.pattern = (office.letter_pattern if office is not None else None) or LETTER_PATTERN

    def refer(self, book: Book) -> None:
        """Ask a partner, and the next one where it declines."""
        previous_id: int | None = None
        while True:
            asked = Asked(self, book, book.world.chance.choice(self.network.offers), previous_id)
            if not asked.tell():
                return
            previous_id = asked.key


class Asked:
    """One referral; the steps are those of `referrals.services`, and whose turn it is follows from them."""

    def __init__(self, desk: Referring, book: Book, offer: Offer, previous_id: int | None) -> None:
        self._desk, self._book, self._offer = desk, book, offer
        self._world, self._chance = book.world, book.world.chance
        self._urgency = Urgency[book.case["urgency"]]
        self.key = self._world.loading.next_id("referral")
        self._refers_on = False
        self._row: dict[str, Any] = blank(Referral) | {
            "id": self.key,
            "case_id": book.case["id"],
            "partner_id": offer.partner_id,
            "need_kind_id": offer.need_id,
            "request": self._chance.choice(REQUESTS),
            "urgency": book.case["urgency"],
            "previous_id": previous_id,
            "created_at": book.moment,
            "version": 0,
        }

    def tell(self) -> bool:
        """Tell it as far as it has come, and keep it; true: it is referred on to another partner."""
        self._draft()
        steps: tuple[Callable[[], bool], ...] = (self._send, self._answer, self._start, self._complete)
        if all(step() for step in steps):
            self._confirm()
        self._keep()
        return self._refers_on

    def _draft(self) -> None:
        year = day_of(self._book.moment).year
        number = self._world.next_number(drafts.SERIES, year)
        self._row["number"] = f"R/{year}/{number:04d}"
        self._stand("draft", office=True)
        self._event("referral_drafted", previous_id=self._row["previous_id"])

    def _send(self) -> bool:
        if not self._book.later(0.3, 20):
            return False
        now, row = self._book.moment, self._row
        self._found_on_something()
        day = day_of(now)
        number = self._world.next_number(letters.SERIES, day.year)
        month = letters.MONTHS[day.month - 1]
        row["letter_number"] = self._desk.pattern.format(number=f"{number:03d}", month=month, year=day.year)
        row["shared_fields"], row["sent_at"] = self._chance.choice(SHARED), now
        if self._offer.partner_kind is PartnerKind.uptd_ppa:
            self._book.case["violence_reported_at"] = self._book.case["violence_reported_at"] or now
        self._add_link(now)
        self._stand("sent")
        names = ("shared_fields", "legal_basis", "consent_id")
        self._event("referral_sent", **{name: row[name] for name in names})
        return True

    def _found_on_something(self) -> None:
        book, row = self._book, self._row
        if self._urgency is Urgency.emergency:
            row["legal_basis"], row["legal_reason"] = "emergency", "Keselamatan klien terancam."
            return
        if book.consent_id is None:
            book.consent_id = self._world.row(
                "consent",
                book.moment,
                book.worker,
                client_id=book.case["client_id"],
                purpose="share_with_partner",
                method="written",
                text_version=CONSENT_TEXT,
                given_on=day_of(book.moment),
            )
        row["consent_id"] = book.consent_id

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

    def _answer(self) -> bool:
        if not self._wait(Step.answer):
            return False
        said = self._chance.random()
        if said < DECLINED:
            self._decline()
        elif said < DECLINED + CANCELLED:
            self._cancel()
        else:
            self._row["responded_at"] = self._book.moment
            self._stand("accepted")
            self._say("accept")
            self._event("referral_accepted")
            return True
        return False

    def _decline(self) -> None:
        row, now = self._row, self._book.moment
        reason = self._chance.choice(list(REFUSALS))
        told = {"decline_reason": reason, "declined_by": "partner", "may_refer_again": REFUSALS[reason]}
        row |= told | {"declined_at": now, "responded_at": now}
        self._stand("declined", office=True)
        self._say("decline")
        self._event("referral_declined", **told)
        if not self._wait(Step.refer_on):
            return
        if self._chance.random() < 0.5:
            self._refers_on, row["owner_id"] = True, None
        else:
            self._settle("Klien dibantu keluarga.")

    def _cancel(self) -> None:
        reason = "Klien tidak memerlukan lagi."
        self._row |= {"cancelled_at": self._book.moment, "cancelled_reason": reason}
        self._stand("cancelled", office=True)
        self._event("referral_cancelled", why=reason)
        if self._book.later(1, 20):
            self._settle(reason)

    def _settle(self, reason: str) -> None:
        self._row["owner_id"] = None
        self._touch()
        self._event("referral_settled", why=reason)

    def _start(self) -> bool:
        """Most partners say that they begin; of the others the next word is that it is done."""
        if self._chance.random() < 0.4:
            return True
        if not self._wait(Step.start):
            return False
        self._row["started_at"] = self._book.moment
        self._stand("in_service")
        self._event("referral_started")
        return True

    def _complete(self) -> bool:
        if not self._wait(Step.start if self._row["started_at"] is None else Step.complete):
            return False
        now, result = self._book.moment, "Klien sudah dilayani."
        self._row |= {"completed_at": now, "completed_on": day_of(now), "result": result}
        self._stand("completed", office=True)
        self._say("complete", result)
        self._event("referral_completed", completed_on=day_of(now))
        return True

    def _confirm(self) -> None:
        if not self._wait(Step.confirm):
            return
        if self._chance.random() < 0.05:
            told = {"outcome": "unreachable", "unreachable_reason": "Tiga kali ditelepon, tidak diangkat."}
        else:
            told = {
                "outcome": self._chance.choice(OUTCOMES),
                "confirmed_how": "Telepon",
                "confirmed_by": "Klien",
            }
        self._row |= {"confirmed_at": self._book.moment, **told}
        self._stand("closed")
        self._event("referral_confirmed", outcome=told["outcome"])

    def _wait(self, step: Step) -> bool:
        """Let the clock of a step run: true once it is made; sometimes it is late, and that is told."""
        limit = self._desk.network.limit(step, self._offer, self._urgency)
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
        return None if limit is None else clocks.due_at(self._book.moment, limit, self._desk.network.holidays)

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
            self._say_beside(
                "referral_document",
                title=title,
                on_paper=row["sent_at"] is not None and not waived,
                waived_reason="Belum punya." if waived else None,
            )
