"""Who tells the demo, in what order of time, and how its people are invented."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from app.clients.choices import IdentityStatus, Sex
from app.core import clock
from app.core.unit import unit
from app.extensions import db
from app.partners.models import Partner
from app.reference.models import Kelurahan, PpksCategory, ProblemTag
from app.security.models import PortalUser

SEED = 2011
"""The year in which four peksos woke the office up."""

_FIRST = {
    Sex.female: (
        "Aminah", "Aisyah", "Dewi", "Endang", "Fatmawati", "Halimah", "Indah", "Jumiati", "Kartini", "Lestari",
        "Mariana", "Nurhayati", "Oktavia", "Puspita", "Ratna", "Rosmiati", "Siti", "Sulastri", "Suryani", "Tuti",
        "Wahyuni", "Yuliana", "Zubaidah", "Hasnah", "Murni", "Ni Made Ayu", "Andi Tenri", "Maria",
    ),
    Sex.male: (
        "Ahmad", "Agus", "Bambang", "Daeng Sitaba", "Eko", "Fauzan", "Gunawan", "Hamzah", "Irwan", "Joko",
        "Kasim", "Lukman", "Mahmud", "Nasrullah", "Poniman", "Rahmat", "Rusdi", "Slamet", "Syamsul", "Tarman",
        "Usman", "Wahyu", "Yohanes", "Zainal", "Yusuf", "I Wayan Sudana", "Andi Baso", "Petrus",
    ),
}  # fmt: skip
_SECOND = (
    "", "", "Hidayat", "Kusuma", "Lestari", "Maulana", "Ningsih", "Pratama", "Rahman", "Ramadhan", "Safitri",
    "Saputra", "Setiawan", "Simatupang", "Sitorus", "Susanti", "Tandi", "Wibowo", "Yusuf", "Anggraini", "Basri",
    "Firmansyah", "Hakim", "Iskandar", "Mangunsong", "Palinggi", "Rantetoding", "Utami",
)  # fmt: skip
_STREETS = (
    "Jalan KS Tubun", "Jalan Pattimura", "Jalan Imam Bonjol", "Jalan Ahmad Yani", "Gang Kenari", "Gang Piano",
    "Jalan Sultan Syahrir", "Jalan Selat Karimata", "Gang Atletik", "Jalan MT Haryono", "Jalan Cipto Mangunkusumo",
)  # fmt: skip

_BIRTH_PLACES = ("Bontang", "Bontang", "Samarinda", "Bone", "Toraja", "Surabaya")


class Cast:
    """The accounts, the reference data, and an inventor of people who always invents the same ones."""

    def __init__(self) -> None:
        self.chance = random.Random(SEED)  # noqa: S311  a demo must repeat itself
        self.today = clock.today()
        self._serial = 9000

    def user(self, username: str) -> PortalUser:
        """One of the accounts."""
        return db.session.scalars(select(PortalUser).filter_by(username=username)).one()

    def category(self, number: int) -> PpksCategory:
        """The PPKS category of that number."""
        return db.session.scalars(select(PpksCategory).filter_by(code=f"PPKS-{number:02d}")).one()

    def tag(self, code: str) -> ProblemTag:
        """The problem tag of that code."""
        return db.session.scalars(select(ProblemTag).filter_by(code=code)).one()

    def kelurahan(self, name: str) -> Kelurahan:
        """The kelurahan of that name."""
        return db.session.scalars(select(Kelurahan).filter_by(name=name)).one()

    def partner(self, name: str) -> Partner:
        """The partner of that name."""
        return db.session.scalars(select(Partner).filter_by(name=name)).one()

    @contextmanager
    def at(self, username: str, days_ago: int, hour: int, minute: int = 0) -> Iterator[PortalUser]:
        """One transaction of this user at that time of a day in WITA; the block gets the user."""
        moment = datetime.combine(self.today - timedelta(days=days_ago), time(hour, minute), clock.WITA)
        now = clock.now()
        with clock.at(min(moment, now)):
            user = self.user(username)
            with unit(by=user):
                yield user

    def day(self, days: int) -> date:
        """The day so many days from today (negative: before)."""
        return self.today + timedelta(days=days)

    # Inventing

    def name(self, sex: Sex) -> str:
        """A name as they are in Bontang; many have one word."""
        words = (self.chance.choice(_FIRST[sex]), self.chance.choice(_SECOND))
        return " ".join(word for word in words if word)

    def born(self, year: int) -> date:
        """A birthday in that year."""
        return date(year, 1, 1) + timedelta(days=self.chance.randrange(365))

    def nik(self, born: date, sex: Sex) -> str:
        """A NIK that fits, with a serial beyond those in use."""
        self._serial += 1
        day = born.day + (40 if sex is Sex.female else 0)
        district = self.chance.choice(("01", "02", "03"))
        return f"6474{district}{day:02d}{born:%m%y}{self._serial:04d}"

    def no_kk(self) -> str:
        """A family-card number."""
        self._serial += 1
        return f"64740{self.chance.choice('123')}120{self.chance.randrange(1, 10)}1{self.chance.randrange(10)}{self._serial:04d}"

    def phone(self) -> str:
        """A number in a block that nobody is given."""
        return f"0812-0000-{self.chance.randrange(10_000):04d}"

    def street(self) -> str:
        """A street and a house."""
        return f"{self.chance.choice(_STREETS)} No. {self.chance.randrange(1, 90)}"

    def facts(self, sex: Sex, born: date) -> dict[str, Any]:
        """What a visit tells of somebody: papers, address, kelurahan, and a telephone if there is one."""
        papers = self.chance.random() < 0.8
        return {
            "birth_place": self.chance.choice(_BIRTH_PLACES),
            "birth_date": born,
            "nik": self.nik(born, sex) if papers else None,
            "identity_status": IdentityStatus.verified if papers else IdentityStatus.stated,
            "phone": self.phone() if self.chance.random() < 0.6 else None,
            "address": self.street(),
            "rt": str(self.chance.randrange(1, 40)),
            "kelurahan": self.chance.choice(self._kelurahan()),
        }

    @staticmethod
    def _kelurahan() -> list[Kelurahan]:
        return list(db.session.scalars(select(Kelurahan).order_by(Kelurahan.code)))
