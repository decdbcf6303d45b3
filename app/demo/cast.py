"""Demo context: accounts, reference data, the time of each action, and invented personal data."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from app.clients.enums import IdentityStatus, Sex
from app.core import clock
from app.db.transaction import transaction
from app.extensions import db
from app.partners.models import Partner
from app.reference.models import Kelurahan, PpksCategory, ProblemTag
from app.security.models import PortalUser

RANDOM_SEED = 2011
"""Fixed seed; the year in which four peksos revived the office."""

_FIRST_NAMES = {
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
_LAST_NAMES = (
    "", "", "Hidayat", "Kusuma", "Lestari", "Maulana", "Ningsih", "Pratama", "Rahman", "Ramadhan", "Safitri",
    "Saputra", "Setiawan", "Simatupang", "Sitorus", "Susanti", "Tandi", "Wibowo", "Yusuf", "Anggraini", "Basri",
    "Firmansyah", "Hakim", "Iskandar", "Mangunsong", "Palinggi", "Rantetoding", "Utami",
)  # fmt: skip
_STREETS = (
    "Jalan KS Tubun", "Jalan Pattimura", "Jalan Imam Bonjol", "Jalan Ahmad Yani", "Gang Kenari", "Gang Piano",
    "Jalan Sultan Syahrir", "Jalan Selat Karimata", "Gang Atletik", "Jalan MT Haryono", "Jalan Cipto Mangunkusumo",
)  # fmt: skip

_BIRTH_PLACES = ("Bontang", "Bontang", "Samarinda", "Bone", "Toraja", "Surabaya")


class DemoContext:
    """Accounts, reference data and a deterministic generator of people."""

    def __init__(self) -> None:
        self.rng = random.Random(RANDOM_SEED)  # noqa: S311  a demo must repeat itself
        self.today = clock.today()
        self._serial = 9000

    def get_user(self, username: str) -> PortalUser:
        """Return the account with that user name."""
        return db.session.scalars(select(PortalUser).filter_by(username=username)).one()

    def get_category(self, number: int) -> PpksCategory:
        """Return the PPKS category with that number."""
        return db.session.scalars(select(PpksCategory).filter_by(code=f"PPKS-{number:02d}")).one()

    def get_tag(self, code: str) -> ProblemTag:
        """Return the problem tag with that code."""
        return db.session.scalars(select(ProblemTag).filter_by(code=code)).one()

    def get_kelurahan(self, name: str) -> Kelurahan:
        """Return the kelurahan with that name."""
        return db.session.scalars(select(Kelurahan).filter_by(name=name)).one()

    def get_partner(self, name: str) -> Partner:
        """Return the partner with that name."""
        return db.session.scalars(select(Partner).filter_by(name=name)).one()

    @contextmanager
    def act_as(self, username: str, days_ago: int, hour: int, minute: int = 0) -> Iterator[PortalUser]:
        """Run the block in one transaction of the user, with the clock frozen in the past; yield the user.

        The time is `hour:minute` in WITA on the day `days_ago` days before today, but never in the future.
        """
        moment = datetime.combine(self.today - timedelta(days=days_ago), time(hour, minute), clock.WITA)
        now = clock.now()
        with clock.freeze_time(min(moment, now)):
            user = self.get_user(username)
            with transaction(by=user):
                yield user

    def get_date(self, days: int) -> date:
        """Return today plus so many days (negative: before today)."""
        return self.today + timedelta(days=days)

    # Invented personal data

    def invent_name(self, sex: Sex) -> str:
        """Invent a name as is usual in Bontang; many are one word."""
        words = (self.rng.choice(_FIRST_NAMES[sex]), self.rng.choice(_LAST_NAMES))
        return " ".join(word for word in words if word)

    def invent_birth_date(self, year: int) -> date:
        """Invent a birth date in that year."""
        return date(year, 1, 1) + timedelta(days=self.rng.randrange(365))

    def invent_nik(self, birth_date: date, sex: Sex) -> str:
        """Invent a NIK that fits birth date and sex, with a serial number beyond those in use."""
        self._serial += 1
        day = birth_date.day + (40 if sex is Sex.female else 0)
        district = self.rng.choice(("01", "02", "03"))
        return f"6474{district}{day:02d}{birth_date:%m%y}{self._serial:04d}"

    def invent_no_kk(self) -> str:
        """Invent a family card number."""
        self._serial += 1
        return f"64740{self.rng.choice('123')}120{self.rng.randrange(1, 10)}1{self.rng.randrange(10)}{self._serial:04d}"

    def invent_phone(self) -> str:
        """Invent a telephone number in a block that is never assigned."""
        return f"0812-0000-{self.rng.randrange(10_000):04d}"

    def invent_street(self) -> str:
        """Invent a street and house number."""
        return f"{self.rng.choice(_STREETS)} No. {self.rng.randrange(1, 90)}"

    def invent_personal_data(self, sex: Sex, birth_date: date) -> dict[str, Any]:
        """Invent what a visit reveals: identity, address, kelurahan, and for some a telephone number."""
        has_papers = self.rng.random() < 0.8
        return {
            "birth_place": self.rng.choice(_BIRTH_PLACES),
            "birth_date": birth_date,
            "nik": self.invent_nik(birth_date, sex) if has_papers else None,
            "identity_status": IdentityStatus.verified if has_papers else IdentityStatus.stated,
            "phone": self.invent_phone() if self.rng.random() < 0.6 else None,
            "address": self.invent_street(),
            "rt": str(self.rng.randrange(1, 40)),
            "kelurahan": self.rng.choice(self._list_kelurahan()),
        }

    @staticmethod
    def _list_kelurahan() -> list[Kelurahan]:
        return list(db.session.scalars(select(Kelurahan).order_by(Kelurahan.code)))
