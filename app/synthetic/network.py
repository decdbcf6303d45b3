"""Invented partners beside those that the portal ships with, and what each of them offers."""

from typing import Any, NamedTuple

from sqlalchemy import select

from app.cases.choices import Urgency
from app.core.search import search_text
from app.extensions import db
from app.partners.choices import PartnerKind
from app.partners.models import Partner, PartnerService
from app.reference.models import Kelurahan, NeedKind
from app.reference.workdays import holidays_from
from app.referrals import clocks
from app.referrals.choices import Step
from app.referrals.models import ResponseTime
from app.synthetic.people import FIRST_DAY, STREETS
from app.synthetic.world import World

CLIENTS_OF_ONE = 2_000
"""A partner for so many clients, and never fewer than a dozen, beside those that the portal ships with."""
KINDS: dict[str, tuple[str, ...]] = {
    "zakat": ("cash_aid", "food", "schooling"),
    "health_centre": ("health", "mental_health"),
    "hospital": ("health", "mental_health"),
    "legal_aid": ("legal", "protection"),
    "shelter": ("shelter", "food"),
    "school": ("schooling",),
    "company": ("cash_aid", "wheelchair", "food"),
    "community": ("food", "shelter", "other"),
    "social_office": ("cash_aid", "identity_papers", "other"),
}
"""Which kinds of partner there are, and what each may offer."""
NAMES = {
    "zakat": "Lembaga Amil Zakat",
    "health_centre": "Puskesmas",
    "hospital": "Rumah Sakit",
    "legal_aid": "Lembaga Bantuan Hukum",
    "shelter": "Rumah Singgah",
    "school": "Sekolah",
    "company": "PT",
    "community": "Komunitas",
    "social_office": "Dinas Sosial",
}
PLACES = ("Teluk", "Bukit", "Muara", "Tanjung", "Pulau", "Selat", "Kampung", "Gunung")
TREES = ("Bakau", "Ulin", "Kenari", "Meranti", "Sungkai", "Nipah", "Gaharu", "Cempaka", "Rotan")
PAPERS = (None, None, "Fotokopi KTP", "Fotokopi KK\nSurat keterangan tidak mampu")
"""What a partner wants to see, one document a line."""
HOURS = (None, None, 24, 48, 72)
"""Within what time a partner has promised to answer."""


class Offer(NamedTuple):
    """A kind of help that one partner gives."""

    partner_id: int
    partner_kind: PartnerKind
    need_id: int
    need: str
    papers: tuple[str, ...]
    promised: int | None
    words: str
    """What a referral of it is found by, beside its numbers."""


class Network:
    """The partners of the office, their offers, and how long a step of a referral may take with each."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kelurahan = list(db.session.scalars(select(Kelurahan.id).order_by(Kelurahan.code)))
        self._needs = {need.code: need.id for need in db.session.scalars(select(NeedKind))}
        db.session.rollback()
        for number in range(max(12, world.clients // CLIENTS_OF_ONE)):
            self._partner(number)
        world.loading.write()
        self.offers = self._offers()
        self._terms: list[Any] = list(
            db.session.execute(
                select(
                    ResponseTime.step,
                    ResponseTime.partner_kind,
                    ResponseTime.urgency,
                    ResponseTime.hours,
                    ResponseTime.working_days,
                )
            )
        )
        self.holidays = holidays_from(FIRST_DAY.date())
        db.session.rollback()
        self._limits: dict[tuple[Step, PartnerKind, Urgency, int | None], clocks.Limit | None] = {}

    def limit(self, step: Step, offer: Offer, urgency: Urgency) -> clocks.Limit | None:
        """How long the step may take, as `referrals.services` asks it."""
        key = (step, offer.partner_kind, urgency, offer.promised)
        if key not in self._limits:
            self._limits[key] = clocks.limit_of(self._terms, *key)
        return self._limits[key]

    def _partner(self, number: int) -> None:
        world, chance = self._world, self._world.chance
        kind = list(KINDS)[number % len(KINDS)]
        place, tree = PLACES[number % len(PLACES)], TREES[number // len(PLACES) % len(TREES)]
        name, address = (
            f"{NAMES[kind]} {place} {tree} {number + 1}",
            f"{chance.choice(STREETS)} No. {number + 1}",
        )
        phone = f"+62548{number:06d}"
        key = world.row(
            "partner",
            FIRST_DAY,
            world.admin,
            name=name,
            kind=kind,
            address=address,
            kelurahan_id=chance.choice(self._kelurahan),
            phone=phone,
            open_24h=chance.random() < 0.1,
            accepting=chance.random() < 0.97,
            verified_on=world.today,
            verified_by_id=world.admin.id,
            active=True,
            search_text=search_text(name, address, numbers=(phone,)),
        )
        for kelurahan_id in chance.sample(self._kelurahan, chance.randrange(1, len(self._kelurahan))):
            served = {"partner_id": key, "kelurahan_id": kelurahan_id}
            world.loading.add("partner_coverage", served)
        for need in KINDS[kind]:
            world.row(
                "partner_service",
                FIRST_DAY,
                world.admin,
                partner_id=key,
                need_kind_id=self._needs[need],
                required_documents=chance.choice(PAPERS),
                response_hours=chance.choice(HOURS),
            )

    def _offers(self) -> list[Offer]:
        query = (
            select(PartnerService, Partner, NeedKind)
            .join(PartnerService.partner)
            .join(PartnerService.need_kind)
            .where(Partner.active, Partner.accepting)
            .order_by(PartnerService.id)
        )
        return [
            Offer(
                partner.id,
                partner.kind,
                need.id,
                need.name,
                tuple((service.required_documents or "").splitlines()),
                service.response_hours,
                search_text(partner.name, need.name),
            )
            for service, partner, need in db.session.execute(query)
        ]
