"""Invented referrals: each from the draft to the client's word, or as far as it has come today."""

from collections.abc import Callable
from random import Random

from app.cases.choices import Urgency
from app.clients.services import CONSENT_TEXT
from app.partners.choices import PartnerKind
from app.reference.models import LETTER_PATTERN
from app.reference.services import office_on
from app.referrals.choices import Step
from app.referrals.services import drafts, letters
from app.synthetic.asked import Asked
from app.synthetic.book import Book
from app.synthetic.network import Network, Offer
from app.synthetic.world import day_of

SHARED = (["identity", "sex_and_age"], ["address", "identity", "phone"], ["identity", "nik", "problem"])
REFUSALS = {
    "capacity_full": True,
    "funds_exhausted": True,
    "criteria_not_met": False,
    "already_helped": False,
}
"""Reasons to decline, and whether the same partner may be asked again."""
OUTCOMES = ("met", "met", "met", "met", "partly_met", "partly_met", "not_met")

DECLINED, CANCELLED = 0.08, 0.02
"""Of all referrals sent, so many are declined or cancelled."""


class Referring:
    """Refers the clients of the cases to the partners of the office."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._of_need: dict[int, list[Offer]] = {one.need_id: [] for one in network.offers}
        for offer in network.offers:
            self._of_need[offer.need_id].append(offer)
        office = office_on()
        self.pattern = (office.letter_pattern if office is not None else None) or LETTER_PATTERN

    def refer(self, book: Book) -> None:
        """Ask a partner, and another one for the same need where it declines."""
        asked = Referred(self, book, book.world.chance.choice(self.network.offers))
        while (offer := asked.tell()) is not None:
            asked = Referred(self, book, offer, asked)

    def other(self, offer: Offer, chance: Random) -> Offer | None:
        """Choose another partner for the same need; none: nobody else helps with it."""
        others = [one for one in self._of_need[offer.need_id] if one.partner_id != offer.partner_id]
        return chance.choice(others) if others else None


class Referred(Asked):
    """One referral, step by step as `referrals.services` make them."""

    def __init__(self, desk: Referring, book: Book, offer: Offer, previous: Asked | None = None) -> None:
        super().__init__(desk.network, book, offer, previous)
        self._desk = desk
        self._next: Offer | None = None

    def tell(self) -> Offer | None:
        """Tell it as far as it has come, and keep it; gives the partner to whom it is referred on."""
        self._draft()
        steps: tuple[Callable[[], bool], ...] = (self._send, self._answer, self._start, self._complete)
        if all(step() for step in steps):
            self._confirm()
        self._keep()
        return self._next

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
        self._event("referral_sent", **{name: row[name] for name in names}, **self._disclose(now))
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
            self._next = self._desk.other(self._offer, self._chance)
        if self._next is None:
            self._settle("Klien dibantu keluarga.")
        else:
            row["owner_id"] = None

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
