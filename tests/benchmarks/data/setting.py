"""The template office before its first client: staff, partners, grants."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import select

from app.core import clock
from app.core.actor import ADMIN, PEKSOS, SYSTEM
from app.db.transaction import transaction
from app.demo.receipts import upload_receipt
from app.extensions import db
from app.grants.enums import BudgetStage, GrantForm, Purpose
from app.grants.models.db_rules import REPORT_DUE_MONTH_DAY
from app.grants.models.pots import FundingSource, Grant
from app.grants.queries.balance import get_balance
from app.grants.services.life import (
    absorb_grant,
    account_grant,
    budget_grant,
    close_grant,
    disburse_grant,
    lapse_grant,
)
from app.grants.services.pots import add_grant
from app.partners.enums import PartnerKind
from app.partners.models import Partner, PartnerService
from app.partners.services import create_partner, create_service
from app.reference.enums import Confidentiality
from app.reference.models import Kelurahan, NeedKind, PpksCategory
from app.security.models import PortalUser
from app.security.services.users import create_user
from tests.benchmarks.data.people import STREETS, People

FIRST_DAY = datetime(2011, 1, 3, 1, tzinfo=UTC)
"""Day on which the office opened."""
WORKERS = 4
PARTNERS = {
    "Lembaga Amil Zakat": (PartnerKind.zakat, ("cash_aid", "food", "schooling")),
    "Puskesmas": (PartnerKind.health_centre, ("health", "mental_health")),
    "Rumah Sakit": (PartnerKind.hospital, ("health", "mental_health")),
    "Lembaga Bantuan Hukum": (PartnerKind.legal_aid, ("legal", "protection")),
    "Rumah Singgah": (PartnerKind.shelter, ("shelter", "food")),
    "Sekolah": (PartnerKind.school, ("schooling",)),
    "PT": (PartnerKind.company, ("cash_aid", "wheelchair", "food")),
    "Komunitas": (PartnerKind.community, ("food", "shelter", "other")),
    "Dinas Sosial": (PartnerKind.social_office, ("cash_aid", "identity_papers", "other")),
}
"""Start of the partner's name -> its kind and the needs it serves."""
PLACES = ("Teluk", "Bukit", "Muara", "Tanjung", "Pulau", "Selat", "Kampung", "Gunung")
TREES = ("Bakau", "Ulin", "Kenari", "Meranti", "Sungkai", "Nipah", "Gaharu", "Cempaka", "Rotan")
PAPERS = (None, None, "Fotokopi KTP", "Fotokopi KK\nSurat keterangan tidak mampu")
HOURS = (None, None, 24, 48, 72)
"""Hours within which a partner promises to answer."""
PARTNER_COUNT = 12
GRANTS = {
    "Hibah APBD": ("DPA", (Purpose.operational, Purpose.client_aid, Purpose.activity)),
    "Dana zakat": ("NPHD", (Purpose.client_aid,)),
    "Dana CSR": ("MoU", (Purpose.client_aid, Purpose.activity)),
    "Donasi": ("BA", ()),
}
"""Name of a grant -> kind of its document, and its purposes."""
CEILING = 60_000
"""Rupiah in each year's grants per client of the office: five times what is spent."""
TRANCHES = ((2, 60), (7, 40))
"""Month, and percentage of the ceiling disbursed in it."""


@dataclass
class Office:
    """The template office while its records are created."""

    chance: Random
    people: People
    clients: int
    now: datetime
    """Nothing happens after this instant."""
    workers: list[PortalUser] = field(default_factory=list)
    offers: list[PartnerService] = field(default_factory=list)
    kelurahan: list[Kelurahan] = field(default_factory=list)
    categories: dict[Confidentiality, list[PpksCategory]] = field(default_factory=dict)
    grants: dict[int, list[Grant]] = field(default_factory=dict)
    left: dict[Grant, int] = field(default_factory=dict)
    """Amount that may still be spent of each grant."""
    approved: int = 0
    """Number of proposals approved so far."""
    next_reversal: int = 10
    """Number of approvals at which the next one is reversed."""

    def __post_init__(self) -> None:
        with clock.freeze_time(FIRST_DAY), transaction(by=SYSTEM):
            self.admin = _hire("kepala", ADMIN)
            self.workers = [_hire(f"peksos{number + 1}", PEKSOS) for number in range(WORKERS)]
            self.kelurahan = list(db.session.scalars(select(Kelurahan).order_by(Kelurahan.code)))
            for number in range(PARTNER_COUNT):
                self._add_partner(number)
            self.receipt = upload_receipt()
        offers = select(PartnerService).join(PartnerService.partner).where(Partner.active, Partner.accepting)
        self.offers = list(db.session.scalars(offers.order_by(PartnerService.id)))
        for category in db.session.scalars(select(PpksCategory).order_by(PpksCategory.code)):
            self.categories.setdefault(category.confidentiality, []).append(category)
        sources = list(db.session.scalars(select(FundingSource).order_by(FundingSource.id)))
        for year in range(FIRST_DAY.year, day_of(self.now).year + 1):
            with transaction(by=self.admin):
                self.grants[year] = [
                    self._add_grant(year, name, sources[number % len(sources)])
                    for number, name in enumerate(GRANTS)
                ]

    def take(self, year: int, purpose: Purpose, amount: int) -> Grant | None:
        """Reserve an amount of a grant that has it left; None if no grant of the year has."""
        grants = [
            grant
            for grant in self.grants[year]
            if self.left[grant] >= amount and purpose in (grant.purposes or [purpose])
        ]
        grant = self.chance.choice(grants) if grants else None
        if grant is not None:
            self.left[grant] -= amount
        return grant

    def close_years(self) -> None:
        """Account for the grants whose report was due, and close those of the years before."""
        for year, grants in self.grants.items():
            for grant in grants if self.is_over(year) else ():
                self._close(grant, year)

    def is_over(self, year: int) -> bool:
        """Return whether the report on the year's money is due: its grants are read-only since then."""
        return day_of(self.now) > date(year + 1, *REPORT_DUE_MONTH_DAY)

    def _close(self, grant: Grant, year: int) -> None:
        day = date(year + 1, *REPORT_DUE_MONTH_DAY)
        with clock.freeze_time(datetime.combine(day, time(2), UTC)), transaction(by=self.admin):
            if not get_balance(grant).spent:
                lapse_grant(grant, reason="Tidak terlaksana.", by=self.admin)
                return
            absorb_grant(grant, by=self.admin)
            account_grant(grant, report_number=f"LPJ/{year}/{grant.id:03d}", accounted_on=day, by=self.admin)
        with (
            clock.freeze_time(datetime.combine(day, time(2), UTC) + timedelta(days=365)),
            transaction(by=self.admin),
        ):
            if self.is_over(year + 1):
                close_grant(grant, by=self.admin)

    def _add_grant(self, year: int, name: str, source: FundingSource) -> Grant:
        paper, purposes = GRANTS[name]
        ceiling, admin = max(20_000_000, CEILING * self.clients), self.admin
        with clock.freeze_time(datetime(year, 1, 5, 2, tzinfo=UTC)):
            data = {
                "source": source,
                "name": f"{name} {year} no. 1",
                "fiscal_year": year,
                "form": GrantForm.cash,
                "budget_stage": BudgetStage.original,
                "ceiling_initial": ceiling,
                "purposes": list(purposes),
            }
            grant = add_grant(data, by=admin)
            budget_grant(grant, document_number=f"{paper}/{year}/001", by=admin)
        self.left[grant] = ceiling * TRANCHES[0][1] // 100
        for month, share in TRANCHES:
            moment = datetime(year, month, 10, 2, tzinfo=UTC)
            if moment <= self.now:
                with clock.freeze_time(moment):
                    arrived = {"amount": ceiling * share // 100, "disbursed_on": moment.date()}
                    number = f"SP2D/{year}/{month:02d}/{grant.id:03d}"
                    disburse_grant(grant, disbursement_number=number, by=admin, **arrived)
        return grant

    def _add_partner(self, number: int) -> None:
        chance = self.chance
        name = list(PARTNERS)[number % len(PARTNERS)]
        kind, needs = PARTNERS[name]
        place, tree = PLACES[number % len(PLACES)], TREES[number // len(PLACES) % len(TREES)]
        data = {
            "name": f"{name} {place} {tree} 1",
            "kind": kind,
            "address": f"{chance.choice(STREETS)} No. {number + 1}",
            "kelurahan": chance.choice(self.kelurahan),
            "phone": f"+62548{number:06d}",
            "accepting": chance.random() < 0.97,
            "coverage": chance.sample(self.kelurahan, chance.randrange(1, len(self.kelurahan))),
        }
        partner = create_partner(data, by=self.admin)
        for code in needs:
            offer = {
                "partner": partner,
                "need_kind": db.session.scalars(select(NeedKind).filter_by(code=code)).one(),
                "required_documents": chance.choice(PAPERS),
                "response_hours": chance.choice(HOURS),
            }
            create_service(offer, by=self.admin)


def day_of(moment: datetime) -> date:
    """Return the date in the office's time zone."""
    return moment.astimezone(clock.WITA).date()


def _hire(username: str, role: str) -> PortalUser:
    data = {"first_name": username.capitalize(), "username": username, "roles": [role]}
    return create_user(data, by=SYSTEM)
