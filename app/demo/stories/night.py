"""Demo story: an emergency call twenty minutes before midnight."""

from app.cases.enums import Channel, Place, ServiceKind, Urgency
from app.cases.services.entries import set_follow_up
from app.cases.services.reports import receive_report, take_up_report
from app.clients.enums import SafeToContact, Sex
from app.demo.cast import DemoContext
from app.demo.stories.words import record_service


def create_night_call_case(context: DemoContext) -> None:
    """Create the case of an old woman alone in the rain, reported at 23:40 by a ketua RT."""
    with context.act_as("dodi", 1, 23, 40) as dodi:
        report = receive_report(
            {
                "channel": Channel.phone_whatsapp,
                "reporter_name": "Pak Usman",
                "reporter_role": "Ketua RT 12",
                "reporter_phone": context.invent_phone(),
                "reporter_safe_to_contact": SafeToContact.yes,
                "location": "Gang Kenari, rumah kayu paling ujung",
                "kelurahan": context.get_kelurahan("Berbas Tengah"),
                "description": "Nenek kira-kira 75 tahun terbaring sendirian, rumah kemasukan air, badan panas.",
                "urgency": Urgency.emergency,
            },
            by=dodi,
        )
    with context.act_as("dodi", 1, 23, 52) as dodi:
        case = take_up_report(report, by=dodi, name="Zubaidah", alias="Nek Idah", sex=Sex.female)
    with context.act_as("dodi", 1, 23, 58) as dodi:
        record_service(
            case,
            ServiceKind.outreach,
            Place.home,
            "Ditemukan sadar, demam. Dibawa dengan mobil ketua RT ke IGD RSUD Taman Husada.",
            dodi,
        )
        set_follow_up(
            {
                "case": case,
                "title": "Jenguk di RSUD, cari keluarga di Samarinda",
                "due_on": context.get_date(0),
            },
            by=dodi,
        )
