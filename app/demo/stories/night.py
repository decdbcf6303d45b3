"""A ketua RT calls twenty minutes before midnight."""

from app.cases.choices import Channel, Place, ServiceKind, Urgency
from app.cases.services import (
    receive_report,
    set_follow_up,
    take_up_report,
)
from app.clients.choices import (
    SafeToContact,
    Sex,
)
from app.demo.cast import Cast
from app.demo.stories.words import serve


def night_call(cast: Cast) -> None:
    """Twenty to midnight: a ketua RT calls about an old woman alone in the rain."""
    with cast.at("dodi", 1, 23, 40) as dodi:
        report = receive_report(
            {
                "channel": Channel.phone_whatsapp,
                "reporter_name": "Pak Usman",
                "reporter_role": "Ketua RT 12",
                "reporter_phone": cast.phone(),
                "reporter_safe_to_contact": SafeToContact.yes,
                "location": "Gang Kenari, rumah kayu paling ujung",
                "kelurahan": cast.kelurahan("Berbas Tengah"),
                "description": "Nenek kira-kira 75 tahun terbaring sendirian, rumah kemasukan air, badan panas.",
                "urgency": Urgency.emergency,
            },
            by=dodi,
        )
    with cast.at("dodi", 1, 23, 52) as dodi:
        case = take_up_report(report, by=dodi, name="Zubaidah", alias="Nek Idah", sex=Sex.female)
    with cast.at("dodi", 1, 23, 58) as dodi:
        serve(
            case,
            ServiceKind.outreach,
            Place.home,
            "Ditemukan sadar, demam. Dibawa dengan mobil ketua RT ke IGD RSUD Taman Husada.",
            dodi,
        )
        set_follow_up(
            {"case": case, "title": "Jenguk di RSUD, cari keluarga di Samarinda", "due_on": cast.day(0)},
            by=dodi,
        )
