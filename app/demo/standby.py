"""Demo standby: a month of shifts, the reports that they answered, and their handovers."""

from datetime import datetime, time, timedelta

from sqlalchemy import select

from app.cases.enums import Channel, Urgency
from app.cases.services.reports import receive_report, take_up_report
from app.clients.enums import Sex
from app.clients.services.clients import update_client
from app.core import clock
from app.db.transaction import transaction
from app.demo.cast import DemoContext
from app.extensions import db
from app.standby.enums import ShiftPattern
from app.standby.models import Shift
from app.standby.services.handovers import acknowledge_handover, send_handover
from app.standby.services.planning import plan_shifts

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
"""Channel, urgency, description and estimated age of the client; None: unknown."""
_HANDOVER_NOTES = (
    "Malam tenang. Kunci motor siaga di laci kiri.",
    "Keluarga di Gang Kenari menunggu telepon dari RSUD pagi ini.",
    "Ketua RT 12 minta dihubungi setelah pukul 09.00.",
)


def create_shifts(context: DemoContext) -> None:
    """Plan shifts of twelve hours in turn, with handovers; one handover is missing."""
    _create_answered_reports(context)
    start = datetime.combine(context.get_date(-DAYS_BACK), time(8), clock.WITA)
    for username, phone in PHONES.items():
        with context.act_as("admin", 40, 10) as admin:  # earlier shifts, from which the numbers are known
            first_start = start - timedelta(days=20 - len(username), hours=-12 * list(PHONES).index(username))
            plan_shifts(
                {"worker": context.get_user(username), "starts_at": first_start, "ends_at": first_start + timedelta(hours=12),
                 "phone": phone, "accepted": True},
                by=admin,
            )  # fmt: skip
    with context.act_as("admin", DAYS_BACK + 2, 10) as admin:
        rina, dodi, sari = (context.get_user(name) for name in PHONES)
        plan_shifts(
            {"worker": rina, "second": dodi, "third": sari, "starts_at": start, "ends_at": start + timedelta(hours=12),
             "pattern": ShiftPattern.in_turn, "until": context.get_date(DAYS_AHEAD), "accepted": True},
            by=admin,
        )  # fmt: skip
    _create_handovers(start)


def _create_handovers(start: datetime) -> None:
    """Hand over all ended shifts but one; the last handover is not acknowledged yet."""
    query = (
        select(Shift).where(Shift.starts_at >= start, Shift.ends_at <= clock.now()).order_by(Shift.starts_at)
    )
    shifts = list(db.session.scalars(query))
    for number, shift in enumerate(shifts):
        if number == len(shifts) - 4:
            continue  # a forgotten handover
        with clock.freeze_time(shift.ends_at - timedelta(minutes=10)), transaction(by=shift.worker):
            note = _HANDOVER_NOTES[number % len(_HANDOVER_NOTES)]
            handover = send_handover({"from_shift": shift, "note": note}, by=shift.worker)
        next_shift = handover.to_shift
        if next_shift is None or number == len(shifts) - 1:
            continue
        with clock.freeze_time(shift.ends_at + timedelta(minutes=5)), transaction(by=next_shift.worker):
            acknowledge_handover(handover, by=next_shift.worker)


def _create_answered_reports(context: DemoContext) -> None:
    """Create reports of the last four months, taken up after different times."""
    for number, days in enumerate(range(110, 2, -5)):
        username = ("rina", "dodi", "sari")[number % 3]
        channel, urgency, description, age = _CALLS[number % len(_CALLS)]
        wait_minutes = {Urgency.emergency: 12, Urgency.urgent: 95, Urgency.ordinary: 400}[urgency]
        hour = (22, 7, 19, 9, 23, 2, 14)[number % 7]
        with context.act_as(username, days, hour, 7) as peksos:
            report = receive_report(
                {
                    "channel": channel,
                    "urgency": urgency,
                    "description": description,
                    "reporter_phone": context.invent_phone(),
                },
                by=peksos,
            )
        taken_up_at = report.received_at + timedelta(minutes=wait_minutes * context.rng.choice((1, 1, 2, 3)))
        sex = context.rng.choice((Sex.female, Sex.male))
        with clock.freeze_time(taken_up_at), transaction(by=context.get_user(username)):
            case = take_up_report(
                report, by=context.get_user(username), name=context.invent_name(sex), sex=sex
            )
        if age is not None:
            birth_date = context.invent_birth_date(context.today.year - age - context.rng.randrange(10))
            with (
                clock.freeze_time(min(taken_up_at + timedelta(days=1), clock.now())),
                transaction(by=context.get_user(username)),
            ):
                update_client(
                    case.client, context.invent_personal_data(sex, birth_date), by=context.get_user(username)
                )
