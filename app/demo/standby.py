"""A month of shifts, the reports that they answered, and what passed from one to the next."""

from datetime import datetime, time, timedelta

from sqlalchemy import select

from app.cases.choices import Channel, Urgency
from app.cases.services import receive_report, take_up_report
from app.clients.choices import Sex
from app.clients.services import update_client
from app.core import clock
from app.core.unit import unit
from app.demo.cast import Cast
from app.extensions import db
from app.standby.choices import Pattern
from app.standby.models import Shift
from app.standby.services import acknowledge, plan_shifts, send_handover

DAYS_BACK, DAYS_AHEAD = 14, 16
PHONES = {"rina": "0812-0000-0101", "dodi": "0812-0000-0102", "sari": "0812-0000-0103"}
_CALLS = (
    (Channel.phone_whatsapp, Urgency.emergency, "Warga menelepon: tetangganya mengurung diri dan berteriak.", 40),
    (Channel.rt_rw, Urgency.urgent, "Ketua RT: satu keluarga belum makan sejak kemarin.", 35),
    (Channel.bhabinkamtibmas_babinsa, Urgency.emergency, "Anak ditemukan sendirian di terminal.", None),
    (Channel.phone_whatsapp, Urgency.ordinary, "Bertanya cara mengurus bantuan pengobatan.", 50),
    (Channel.family, Urgency.urgent, "Keluarga mencari orang tua mereka yang belum pulang.", 75),
    (Channel.walk_in, Urgency.ordinary, "Datang ke kantor meminta surat rujukan ke puskesmas.", 30),
)  # fmt: skip
"""How it came, how urgent it is, what was said, and about how old they are; None: nobody knows."""
_WORDS = (
    "Malam tenang. Kunci motor siaga di laci kiri.",
    "Keluarga di Gang Kenari menunggu telepon dari RSUD pagi ini.",
    "Ketua RT 12 minta dihubungi setelah pukul 09.00.",
)


def a_month_of_standby(cast: Cast) -> None:
    """Everybody in turn, twelve hours each; some mornings nobody says what the night was like."""
    _answered(cast)
    start = datetime.combine(cast.day(-DAYS_BACK), time(8), clock.WITA)
    for username, phone in PHONES.items():
        with cast.at("admin", 40, 10) as admin:  # the numbers are known from shifts before
            first = start - timedelta(days=20 - len(username), hours=-12 * list(PHONES).index(username))
            plan_shifts(
                {"worker": cast.user(username), "starts_at": first, "ends_at": first + timedelta(hours=12),
                 "phone": phone, "accepted": True},
                by=admin,
            )  # fmt: skip
    with cast.at("admin", DAYS_BACK + 2, 10) as admin:
        rina, dodi, sari = (cast.user(name) for name in PHONES)
        plan_shifts(
            {"worker": rina, "second": dodi, "third": sari, "starts_at": start, "ends_at": start + timedelta(hours=12),
             "pattern": Pattern.in_turn, "until": cast.day(DAYS_AHEAD), "accepted": True},
            by=admin,
        )  # fmt: skip
    _handed_over(start)


def _handed_over(start: datetime) -> None:
    """The last shifts of a week: each handed over but one, the very last not yet taken over."""
    ended = (
        select(Shift).where(Shift.starts_at >= start, Shift.ends_at <= clock.now()).order_by(Shift.starts_at)
    )
    shifts = list(db.session.scalars(ended))
    for number, shift in enumerate(shifts):
        if number == len(shifts) - 4:
            continue  # forgotten
        with clock.at(shift.ends_at - timedelta(minutes=10)), unit(by=shift.worker):
            words = _WORDS[number % len(_WORDS)]
            handover = send_handover({"from_shift": shift, "note": words}, by=shift.worker)
        coming = handover.to_shift
        if coming is None or number == len(shifts) - 1:
            continue
        with clock.at(shift.ends_at + timedelta(minutes=5)), unit(by=coming.worker):
            acknowledge(handover, by=coming.worker)


def _answered(cast: Cast) -> None:
    """Reports of the last four months, taken up sooner and later."""
    for number, days in enumerate(range(110, 2, -5)):
        username = ("rina", "dodi", "sari")[number % 3]
        channel, urgency, words, age = _CALLS[number % len(_CALLS)]
        wait = {Urgency.emergency: 12, Urgency.urgent: 95, Urgency.ordinary: 400}[urgency]
        hour = (22, 7, 19, 9, 23, 2, 14)[number % 7]
        with cast.at(username, days, hour, 7) as peksos:
            report = receive_report(
                {
                    "channel": channel,
                    "urgency": urgency,
                    "description": words,
                    "reporter_phone": cast.phone(),
                },
                by=peksos,
            )
        later = report.received_at + timedelta(minutes=wait * cast.chance.choice((1, 1, 2, 3)))
        sex = cast.chance.choice((Sex.female, Sex.male))
        with clock.at(later), unit(by=cast.user(username)):
            case = take_up_report(report, by=cast.user(username), name=cast.name(sex), sex=sex)
        if age is not None:
            born = cast.born(cast.today.year - age - cast.chance.randrange(10))
            with clock.at(min(later + timedelta(days=1), clock.now())), unit(by=cast.user(username)):
                update_client(case.client, cast.facts(sex, born), by=cast.user(username))
