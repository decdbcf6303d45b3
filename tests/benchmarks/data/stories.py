"""Simulated work on one invented client, through the services that the pages call."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.cases.enums import Channel, ClosingReason, Focus, Place, ServiceKind, Urgency
from app.cases.models.case import Case
from app.cases.services.closing import close_case
from app.cases.services.entries import add_note, finish_follow_up, give_service, set_follow_up
from app.cases.services.opening import open_case
from app.clients.enums import HouseholdRole, IdentityStatus, NoNikReason, Sex
from app.clients.models.client import Client, Household
from app.clients.services.clients import create_household, register_client
from app.core import clock
from app.reference.enums import Confidentiality
from app.security.models import PortalUser
from tests.benchmarks.data.setting import FIRST_DAY, Office, day_of

OPENS, CLOSES = time(8), time(17)
"""Everything happens in office hours: copies are shifted within the same day."""
STATUSES = (
    *[IdentityStatus.verified] * 3,
    *[IdentityStatus.stated] * 2,
    IdentityStatus.no_nik,
    IdentityStatus.unknown,
    IdentityStatus.foreign,
)
ROLES = (HouseholdRole.head, HouseholdRole.spouse, HouseholdRole.child)
"""Members of an invented household; after each household comes one client who lives alone."""
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
KINDS = tuple(kind for kind in ServiceKind if kind is not ServiceKind.referral)
PLACES = (Place.office, Place.home, Place.phone)
CHANNELS = (
    *[Channel.walk_in] * 2,
    Channel.rt_rw,
    Channel.outreach,
    Channel.phone_whatsapp,
    Channel.partner,
)
URGENCIES = (*[Urgency.ordinary] * 3, Urgency.urgent, Urgency.emergency)
TIERS = {Confidentiality.ordinary: 95, Confidentiality.limited: 3, Confidentiality.secret: 2}
"""Tier -> cases of a hundred."""
LASTS = timedelta(days=120)
"""Age at which a case is closed, except for one in fifty."""


class Story:
    """One case whose history is being simulated."""

    def __init__(self, office: Office, client: Client, worker: PortalUser, opened: datetime) -> None:
        self.office, self.chance, self.worker = office, office.chance, worker
        self.moment = _in_office_hours(opened)
        self.waits = False
        """Whether the next step lies after the office's `now`: the simulation ends, the case stays open."""
        self.opened = self.moment
        self.has_consent = False
        with self.now():
            self.case: Case = open_case(self._data(client), by=self.worker)

    @contextmanager
    def now(self) -> Iterator[None]:
        """Freeze the clock at the current moment of the story inside the block."""
        with clock.freeze_time(self.moment):
            yield

    @property
    def day(self) -> date:
        """The date in the office's time zone."""
        return day_of(self.moment)

    def later(self, fewest: float, most: float) -> bool:
        """Advance by a random number of hours; return False if that lies after the office's `now`."""
        return self.until(self.moment + timedelta(hours=self.chance.uniform(fewest, most)))

    def until(self, moment: datetime) -> bool:
        """Advance to the moment or the next office hours; return False if that is after `now`."""
        moment = _in_office_hours(moment)
        self.waits = moment > self.office.now
        if not self.waits:
            self.moment = moment
        return not self.waits

    def in_time(self, due: datetime | None, least: float, most: float) -> bool:
        """Advance by `least` to `most` of the time until `due`; return False if that is after `now`."""
        hours = 72.0 if due is None else (due - self.moment) / timedelta(hours=1)
        moment = self.moment + timedelta(hours=self.chance.uniform(least * hours, min(most * hours, 60)))
        if due is not None and _in_office_hours(moment) >= due:
            moment = self.moment + timedelta(minutes=1)  # still in office hours
            self.waits = moment > self.office.now
            self.moment = self.moment if self.waits else moment
            return not self.waits
        return self.until(moment)

    def give_service(self) -> None:
        chance = self.chance
        data = {
            "kind": chance.choice(KINDS),
            "place": chance.choice(PLACES),
            "narrative": chance.choice(TALKS),
        }
        with self.now():
            give_service({"case": self.case, **data}, by=self.worker)

    def add_note(self) -> None:
        with self.now():
            add_note({"case": self.case, "text": self.chance.choice(TALKS)}, by=self.worker)

    def follow_up(self) -> None:
        """Set a follow-up and finish it: mostly by its date, sometimes later."""
        days = self.chance.randrange(1, 30)
        data = {"title": "Menanyakan perkembangan", "due_on": self.day + timedelta(days=days)}
        with self.now():
            made = set_follow_up({"case": self.case, **data}, by=self.worker)
        if self.later(3, 24 * (days + 2)):
            with self.now():
                finish_follow_up(made, result="Sudah ditemui.", by=self.worker)

    def close(self) -> None:
        """Close the case unless it waits for a step; one in fifty stays open."""
        if (
            self.waits
            or self.chance.random() >= 0.98
            or not self.until(max(self.moment, self.opened + LASTS))
        ):
            return
        with self.now():
            close_case(
                self.case,
                closing_reason=ClosingReason.goal_reached,
                closing_summary="Tujuan tercapai, keluarga mandiri.",
                by=self.worker,
            )

    def _data(self, client: Client) -> dict[str, Any]:
        chance = self.chance
        (tier,) = chance.choices(list(TIERS), list(TIERS.values()))
        return {
            "client": client,
            "channel": chance.choice(CHANNELS),
            "presenting_problem": chance.choice(PROBLEMS),
            "focus": chance.choice((Focus.poverty, Focus.psychosocial, Focus.family_resilience)),
            "urgency": chance.choice(URGENCIES),
            "primary_category": chance.choice(self.office.categories[tier]),
            "confidentiality": tier,
        }


class Registry:
    """Registers clients in chronological order."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._household: Household | None = None

    def register(self, number: int, worker: PortalUser) -> tuple[Client, datetime]:
        """Register client `number` (from 0); return the client and the instant of registration."""
        office, place = self._office, number % (len(ROLES) + 1)
        span = office.now - LASTS / 40 - FIRST_DAY
        since = _in_office_hours(FIRST_DAY + span * (number / office.clients))
        with clock.freeze_time(since):
            if place == 0:
                self._household = self._found_household(number, worker)
            elif place == len(ROLES):
                self._household = None
            return register_client(self._person(number, place, since), by=worker), since

    def _found_household(self, number: int, worker: PortalUser) -> Household:
        people, office = self._office.people, self._office
        data = {
            "no_kk": people.no_kk(number),
            "address": people.address(number),
            "kelurahan": office.chance.choice(office.kelurahan),
        }
        return create_household(data, by=worker)

    def _person(self, number: int, place: int, since: datetime) -> dict[str, Any]:
        people, chance, home = self._office.people, self._office.chance, self._household
        status, sex = chance.choice(STATUSES), chance.choice((Sex.female, Sex.female, Sex.male))
        born = people.birth_date(number, day_of(since))
        papers = status in (IdentityStatus.verified, IdentityStatus.stated)
        return {
            "name": people.name(number),
            "sex": sex,
            "birth_place": "Bontang",
            "birth_date": born,
            "nik": people.nik(number, sex, born) if papers else None,
            "no_kk": None if home is None else home.no_kk,
            "identity_status": status,
            "no_nik_reason": None if papers else chance.choice(tuple(NoNikReason)),
            "phone": people.phone(number) if chance.random() < 0.6 else None,
            "address": people.address(number) if home is None else home.address,
            "rt": f"{chance.randrange(1, 40):02d}",
            "kelurahan": chance.choice(self._office.kelurahan),
            "household": home,
            "household_role": None if home is None else ROLES[place],
        }


def _in_office_hours(moment: datetime) -> datetime:
    """Return the moment, in whole seconds; outside office hours a minute of the next opening hour."""
    local = moment.astimezone(clock.WITA).replace(microsecond=0)
    if local.time() >= CLOSES:
        local += timedelta(days=1)
    if not OPENS <= local.time() < CLOSES:
        local = local.replace(hour=OPENS.hour, minute=local.minute)
    return local.astimezone(UTC)
