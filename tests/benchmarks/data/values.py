"""Column values that differ between a copy and its template: names, numbers, secrets, search texts."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

from babel.dates import get_month_names
from sqlalchemy import select

from app.core import hash_chain
from app.db.search import build_search_text
from app.extensions import db
from app.partners.models import Partner
from app.reference.enums import Confidentiality
from app.reference.models import Kelurahan, NeedKind, PpksCategory
from app.referrals.services import letters, links
from tests.benchmarks.data.copying import Copy, Row
from tests.benchmarks.data.people import People

DAY = re.compile(r"(\d{1,2})(\s)([A-Z][a-z]+)(\s)(\d{4})")
MONTHS = list(get_month_names("wide", locale="id").values())


class Values:
    """Completes rows that `copying.Plan` has copied."""

    def __init__(
        self,
        people: People,
        owners: Mapping[str, Mapping[Any, int]],
        copies: int,
        users: Mapping[int | None, str],
        receipt: str,
    ) -> None:
        self._people, self._owners, self._copies = people, owners, copies
        self._users, self._receipt = users, receipt
        self._kelurahan = list(db.session.scalars(select(Kelurahan.id).order_by(Kelurahan.code)))
        self._partners = {one.id: str(one.name) for one in db.session.scalars(select(Partner))}
        self._needs = {one.id: str(one.name) for one in db.session.scalars(select(NeedKind))}
        categories = list(db.session.scalars(select(PpksCategory).order_by(PpksCategory.id)))
        self._tiers = [
            [one.id for one in categories if one.confidentiality is tier] for tier in Confidentiality
        ]
        db.session.rollback()
        self.begin()

    def begin(self) -> None:
        """Forget the rows of the previous copy."""
        self.disclosure_hashes: dict[int, str] = {}
        """Id of a disclosure in the template -> hash of the copy's disclosure."""
        self._client: Row = {}
        self._referrals: dict[int, Row] = {}

    @cached_property
    def of(self) -> Mapping[str, Callable[[Row, Row, Copy], Row]]:
        """Table -> `f(template_row, copied_row, copy)`, which returns the copy's own values."""
        return {
            "household": self._of_household,
            "client": self._of_client,
            "case_file": self._of_case,
            "case_category": self._of_category,
            "referral": self._of_referral,
            "referral_link": self._of_link,
            "referral_disclosure": self._of_disclosure,
            "expenditure": self._of_expenditure,
            "aid": self._of_aid,
        }

    def _of_household(self, row: Row, _made: Row, copy: Copy) -> Row:
        people, number = self._people, self._number(self._owners["household"][row["id"]], copy)
        no_kk, address = people.no_kk(number), people.address(number)
        return {
            "no_kk": no_kk,
            "address": address,
            "kelurahan_id": people.choose(self._kelurahan, number, "kelurahan"),
            "search_text": build_search_text(people.name(number), address, numbers=(no_kk,)),
        }

    def _of_client(self, row: Row, made: Row, copy: Copy) -> Row:
        people, number = self._people, self._number(copy.owner, copy)
        lives_alone = row["household_id"] is None
        home = number if lives_alone else self._number(self._owners["household"][row["household_id"]], copy)
        born = people.birth_date(number, date.fromisoformat(made["created_at"][:10]))
        name = people.name(number)
        nik = people.nik(number, row["sex"], born) if row["nik"] else None
        no_kk = people.no_kk(home) if row["no_kk"] else None
        phone = people.phone(number) if row["phone"] else None
        self._client = {
            "name": name,
            "nik": nik,
            "no_kk": no_kk,
            "birth_date": born.isoformat(),
            "phone": phone,
            "address": people.address(home),
            "rt": f"{people.choose(range(1, 40), number, 'rt'):03d}",
            "kelurahan_id": people.choose(self._kelurahan, home, "kelurahan"),
            "search_text": build_search_text(name, numbers=(nik, no_kk, phone)),
        }
        return self._client

    def _of_case(self, row: Row, _made: Row, copy: Copy) -> Row:
        number = renumbered(row["number"], self._copies, copy.number)
        return {"number": number, "search_text": build_search_text(number)}

    def _of_category(self, row: Row, _made: Row, copy: Copy) -> Row:
        """Choose another category of the same tier: a small template does not use all of them."""
        tier = next(tier for tier in self._tiers if row["category_id"] in tier)
        return {"category_id": tier[(tier.index(row["category_id"]) + copy.number) % len(tier)]}

    def _of_referral(self, row: Row, made: Row, copy: Copy) -> Row:
        number = renumbered(row["number"], self._copies, copy.number)
        letter = self._letter_number(row, made, copy)
        words = self._words(made["partner_id"], made["need_kind_id"])
        own = {
            "number": number,
            "letter_number": letter,
            "search_text": f"{build_search_text(number, letter)} {words}",
        }
        self._referrals[row["id"]] = made | own
        return own

    def _letter_number(self, row: Row, made: Row, copy: Copy) -> str | None:
        """Write the number with the month in which the copy was sent."""
        if row["letter_number"] is None:
            return None
        archive, number, office, _month, year = row["letter_number"].split("/")
        number = spread_number(int(number), self._copies, copy.number)
        month = letters.ROMAN_MONTHS[int(made["sent_at"][5:7]) - 1]
        return f"{archive}/{number:03d}/{office}/{month}/{year}"

    def _words(self, partner: int, need: int) -> str:
        key = (partner, need)
        if key not in self._known_words:
            self._known_words[key] = build_search_text(self._partners[partner], self._needs[need])
        return self._known_words[key]

    @cached_property
    def _known_words(self) -> dict[tuple[int, int], str]:
        return {}

    def _of_link(self, row: Row, made: Row, copy: Copy) -> Row:
        seed, code = (
            sha256(f"{row[name]} {copy.number}".encode()).hexdigest() for name in ("seed", "code_hash")
        )
        expires = datetime.fromisoformat(made["created_at"]) + links.LINK_LIFETIME
        return {
            "token_hash": links.hash_letter_seed(seed),
            "code_hash": code,
            "seed": seed,
            "expires_at": expires.isoformat(" ", "microseconds"),
        }

    def _of_aid(self, row: Row, _made: Row, copy: Copy) -> Row:
        number = renumbered(row["handover_number"], self._copies, copy.number)
        return {"handover_number": number, "evidence": row["evidence"] and self._receipt}

    def _of_expenditure(self, row: Row, made: Row, _copy: Copy) -> Row:
        if row["evidence_number"] is None:
            return {}
        number = f"{row['evidence_number'].rpartition('/')[0]}/{made['id']:06d}"
        words = None if row["case_id"] else row["description"]
        return {
            "evidence": self._receipt,
            "evidence_number": number,
            "search_text": build_search_text(words, number),
        }

    def _of_disclosure(self, row: Row, _made: Row, copy: Copy) -> Row:
        """Fill in the client, letter and dates of the copy."""
        data = [dict(one) for one in self._template_data(row)]
        referral = self._referrals[row["referral_id"]]
        own = self._client | {
            "letter_number": referral["letter_number"],
            "addressee": self._partners[referral["partner_id"]],
            "worker": self._users.get(referral["created_by_id"]),
        }
        for one in data:
            if one["field"] in ("letter_date", "answer_by"):
                one["value"] = DAY.sub(lambda found: _moved(found, copy), one["value"])
            elif own.get(one["field"]):
                one["value"] = own[one["field"]]
        salt = sha256(f"{row['salt']} {copy.number}".encode()).hexdigest()[:32]
        self.disclosure_hashes[row["id"]] = data_hash = hash_chain.hash_payload(data, salt)
        return {"data": json.dumps(data), "salt": salt, "data_hash": data_hash}

    def _template_data(self, row: Row) -> list[dict[str, str]]:
        if row["id"] not in self._known_data:
            self._known_data[row["id"]] = json.loads(row["data"])
        return self._known_data[row["id"]]

    @cached_property
    def _known_data(self) -> dict[int, list[dict[str, str]]]:
        return {}

    def _number(self, owner: int, copy: Copy) -> int:
        return owner * self._copies + copy.number


def renumbered(text: str | None, copies: int, number: int) -> str | None:
    """Return the copy's number of a series: `LK3/2020/0012`, `R/2020/0012`, `012/BAST/LK3/2020`."""
    if text is None:
        return None
    first, rest = text.split("/", 1)
    if first.isdecimal():
        return f"{spread_number(int(first), copies, number):03d}/{rest}"
    head, _slash, last = text.rpartition("/")
    return f"{head}/{spread_number(int(last), copies, number):04d}"


def spread_number(value: int, copies: int, number: int) -> int:
    """Return the number of a copy: the numbers of all copies are consecutive."""
    return (value - 1) * copies + number + 1


def _moved(found: re.Match[str], copy: Copy) -> str:
    """Shift a written date; its month stays written in full or abbreviated."""
    day, gap, month, other_gap, year = found.groups()
    index = next(index for index, name in enumerate(MONTHS) if name.startswith(month[:3]))
    moved = date(int(year), index + 1, int(day)) + timedelta(days=copy.days)
    name = MONTHS[moved.month - 1]
    return (
        f"{moved.day}{gap}{name if month in MONTHS and len(month) > 3 else name[:3]}{other_gap}{moved.year}"
    )
