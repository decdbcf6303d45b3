"""Invented people of a town: households, and clients with names as common and as rare as real ones."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from app.core.search import search_text
from app.extensions import db
from app.reference.models import Kelurahan
from app.synthetic.loading import Row
from app.synthetic.world import World, stamps

FIRST = (
    "Siti", "Nur", "Ahmad", "Muhammad", "Sri", "Dewi", "Agus", "Andi", "Endang", "Rahmat", "Aminah",
    "Bambang", "Fatmawati", "Hamzah", "Indah", "Irwan", "Joko", "Jumiati", "Kasim", "Lestari", "Lukman",
    "Mariana", "Maria", "Nasrullah", "Nurhayati", "Oktavia", "Petrus", "Poniman", "Puspita", "Ratna",
    "Rosmiati", "Rusdi", "Slamet", "Sulastri", "Suryani", "Syamsul", "Tarman", "Tuti", "Usman", "Wahyuni",
    "Yohanes", "Yuliana", "Yusuf", "Zainal", "Zubaidah", "Hasnah", "Murni", "Halimah", "Gunawan", "Eko",
)  # fmt: skip
MIDDLE = ("", "", "", "Ayu", "Dwi", "Tri", "Putri", "Nur", "Baso", "Tenri", "Made", "Kurnia")
LAST = (
    "Hidayat", "Kusuma", "Lestari", "Maulana", "Ningsih", "Pratama", "Rahman", "Ramadhan", "Safitri",
    "Saputra", "Setiawan", "Simatupang", "Sitorus", "Susanti", "Tandi", "Wibowo", "Yusuf", "Anggraini",
    "Basri", "Hakim", "Firmansyah", "Iskandar", "Mangunsong", "Palinggi", "Rantetoding", "Utami",
    "Harahap", "Nasution", "Lubis", "Siregar", "Pangaribuan", "Manullang", "Tambunan", "Wijaya", "Santoso",
    "Suharto", "Purnama", "Handayani",
)  # fmt: skip
STREETS = (
    "Jalan KS Tubun",
    "Jalan Pattimura",
    "Gang Kenari",
    "Jalan Ahmad Yani",
    "Gang Piano",
    "Jalan Selat Karimata",
)
STATUSES = ("verified", "verified", "verified", "stated", "stated", "no_nik", "unknown", "foreign")
REASONS = ("abandoned", "mental_disorder", "unregistered_baby", "lost_documents", "newcomer", "other")

FIRST_YEAR = 2011
"""When the office woke up."""
FIRST_DAY = datetime(FIRST_YEAR, 1, 3, tzinfo=UTC)
BIRTHDAYS = 27_000
"""Different birthdays: 74 years of them, so that one day's serial numbers never run out."""
MEMBERS = 3
"""People of one invented household; after each comes one who lives alone."""


class Town:
    """Invents its people in the order in which the office came to know them."""

    def __init__(self, world: World) -> None:
        self._chance, self._loading, today = world.chance, world.loading, world.today
        self._kelurahan = list(db.session.scalars(select(Kelurahan.id).order_by(Kelurahan.code)))
        db.session.rollback()
        self._span = datetime(today.year, today.month, today.day, tzinfo=UTC) - FIRST_DAY
        self._of = world.clients
        self._born_last = today - timedelta(days=1)
        self._household: int | None = None
        self._no_kk: str | None = None
        self._address = ""

    def client(self, number: int) -> tuple[int, datetime]:
        """Invent client `number` (from 0): the id, and since when the office knows the client."""
        since = FIRST_DAY + self._span * (number / self._of)
        place = number % (MEMBERS + 1)
        if place == 0:
            self._move_in(number, since)
        elif place == MEMBERS:
            self._household = self._no_kk = None
        row = self._person(number, place, since)
        self._loading.add("client", row)
        return row["id"], since

    def _move_in(self, number: int, since: datetime) -> None:
        self._household = self._loading.next_id("household")
        self._no_kk = f"64740{number % 3 + 1}{number % 10_000_000_000:010d}"
        self._address = self._street(number)
        self._head = self._name(number)
        self._loading.add(
            "household",
            {
                "id": self._household,
                "no_kk": self._no_kk,
                "address": self._address,
                "kelurahan_id": self._chance.choice(self._kelurahan),
                "search_text": search_text(self._head, self._address, numbers=(self._no_kk,)),
                **stamps(since, None),
            },
        )

    def _person(self, number: int, place: int, since: datetime) -> Row:
        chance = self._chance
        status = chance.choice(STATUSES)
        papers = status in ("verified", "stated")
        sex = chance.choice(("female", "female", "male"))
        born = self._born_last - timedelta(days=number * 7919 % BIRTHDAYS)
        name = self._head if place == 0 else self._name(number)
        phone = f"+62812{number % 10_000_000:07d}" if chance.random() < 0.6 else None
        nik = _nik(born, sex, number) if papers else None
        return {
            "id": self._loading.next_id("client"),
            "name": name,
            "nik": nik,
            "no_kk": self._no_kk,
            "identity_status": status,
            "no_nik_reason": chance.choice(REASONS) if status == "no_nik" else None,
            "sex": sex,
            "birth_place": "Bontang",
            "birth_date": born,
            "birth_date_precision": "exact",
            "phone": phone,
            "address": self._address
            if self._household
            else f"{chance.choice(STREETS)} No. {number % 199 + 1}",
            "rt": f"{chance.randrange(1, 40):02d}",
            "kelurahan_id": chance.choice(self._kelurahan),
            "household_id": self._household,
            "household_role": ("head", "spouse", "child")[place] if self._household else None,
            "dtsen_status": "not_checked",
            "nik_in_check": False,
            "search_text": search_text(name, numbers=(nik, self._no_kk, phone)),
            **stamps(since, None),
        }

    def _street(self, number: int) -> str:
        return f"{self._chance.choice(STREETS)} No. {number % 199 + 1}"

    def _name(self, number: int) -> str:
        chance = self._chance
        # Every two thousandth has a name of his own: what a search for a rare name looks for.
        last = f"Wa Ode {_rare(number)}" if number % 2_000 == 777 else chance.choice(LAST)
        return " ".join(filter(None, (chance.choice(FIRST), chance.choice(MIDDLE), last)))


def _rare(number: int) -> str:
    syllables = ("ba", "co", "du", "fe", "gi", "ho", "ju", "ke", "li", "mo")
    return "".join(syllables[int(digit)] for digit in str(number // 2_000)).capitalize()


def _nik(born: date, sex: str, number: int) -> str:
    day = born.day + (40 if sex == "female" else 0)
    return f"64740{number % 3 + 1}{day:02d}{born:%m%y}{number // BIRTHDAYS + 1:04d}"
