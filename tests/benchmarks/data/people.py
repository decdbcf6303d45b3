"""Invented people: each is a function of the seed and a number, so that every copy can be reproduced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar
from zlib import crc32

from app.clients.enums import Sex

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
SYLLABLES = ("ba", "co", "du", "fe", "gi", "ho", "ju", "ke", "li", "mo")
RARE = 2_000
"""One person in so many has a rare name (`Wa Ode ...`), for measurements of searches with few results."""
BIRTHDAYS = 27_000
"""Number of different birthdays: 74 years of them, so that no day uses up its NIK serial numbers."""

T = TypeVar("T")


@dataclass(frozen=True)
class People:
    """Attributes of invented persons; `number` counts from 0."""

    seed: int
    today: date

    def choose(self, options: Sequence[T], number: int, what: str) -> T:
        """Choose an option; the same arguments always return the same one."""
        return options[crc32(f"{self.seed} {number} {what}".encode()) % len(options)]

    def name(self, number: int) -> str:
        """Return a full name; common and rare names are distributed as among real people."""
        if number % RARE == 777:
            last = "Wa Ode " + "".join(SYLLABLES[int(digit)] for digit in str(number // RARE)).capitalize()
        else:
            last = self.choose(LAST, number, "last")
        words = (self.choose(FIRST, number, "first"), self.choose(MIDDLE, number, "middle"), last)
        return " ".join(filter(None, words))

    def birth_date(self, number: int, known_since: date) -> date:
        """Return a birthday in the 74 years before the office registered the person."""
        born = self.today - timedelta(days=1 + number * 7919 % BIRTHDAYS)
        return born if born < known_since else born - timedelta(days=BIRTHDAYS)

    def nik(self, number: int, sex: Any, born: date) -> str:
        """Return the NIK; `sex` is a member of `Sex` or its code."""
        day = born.day + (40 if sex in (Sex.female, Sex.female.name) else 0)
        return f"64740{number % 3 + 1}{day:02d}{born:%m%y}{number // BIRTHDAYS + 1:04d}"

    def no_kk(self, number: int) -> str:
        """Return a family card number."""
        return f"64740{number % 3 + 1}{number:010d}"

    def phone(self, number: int) -> str:
        """Return a phone number in E.164."""
        return f"+62812{number % 10_000_000:07d}"

    def address(self, number: int) -> str:
        """Return a street and a house number."""
        street, house = self.choose(STREETS, number, "street"), self.choose(range(1, 200), number, "house")
        return f"{street} No. {house}"
