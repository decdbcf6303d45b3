"""A child whose case only its team knows."""

from app.cases.choices import Channel, Focus, Place, ServiceKind, Urgency
from app.cases.services import (
    add_note,
    give_service,
    open_case,
    set_follow_up,
)
from app.clients.choices import (
    BirthDatePrecision,
    ConsentMethod,
    ConsentPurpose,
    IdentityStatus,
    SafeToContact,
    Sex,
)
from app.clients.services import record_consent, register_client
from app.core import clock
from app.demo.cast import Cast


def child_kept_secret(cast: Cast) -> None:
    """A child who was hurt; only the named team knows of the case, and of the child."""
    with cast.at("dodi", 20, 14, 0) as dodi:
        born = cast.born(clock.year() - 9)
        child = register_client(
            {
                "name": "Melati",
                "alias": "bukan nama sebenarnya",
                "sex": Sex.female,
                "birth_date": born,
                "birth_date_precision": BirthDatePrecision.exact,
                "identity_status": IdentityStatus.stated,
                "address": "Dititipkan pada nenek",
                "kelurahan": cast.kelurahan("Belimbing"),
                "guardian_name": "Nenek",
                "guardian_phone": cast.phone(),
                "safe_to_contact": SafeToContact.no,
                "contact_note": "Jangan menelepon rumah lama. Hanya lewat nenek, pagi hari.",
            },
            by=dodi,
        )
        case = open_case(
            {
                "client": child,
                "channel": Channel.partner,
                "presenting_problem": "Sekolah melihat lebam dua kali; anak tidak mau pulang ke rumah.",
                "focus": Focus.psychosocial,
                "primary_category": cast.category(6),
                "tags": [cast.tag("physical_violence")],
                "urgency": Urgency.emergency,
                "team": [cast.user("rina")],
            },
            by=dodi,
        )
        record_consent(
            {"client": child, "purpose": ConsentPurpose.service, "method": ConsentMethod.exception,
             "exception_reason": "Wali sah diduga pelaku; kepentingan terbaik bagi anak."},
            by=dodi,
        )  # fmt: skip
    with cast.at("dodi", 20, 16, 0) as dodi:
        text = "Bersama UPTD PPA: anak ditempatkan sementara pada nenek, laporan polisi dibuat."
        give_service(
            {
                "case": case,
                "kind": ServiceKind.advocacy,
                "place": Place.partner,
                "partner": cast.partner("UPTD PPA Kota Bontang"),
                "narrative": text,
            },
            by=dodi,
        )
        set_follow_up(
            {
                "case": case,
                "title": "Dampingi pemeriksaan psikolog",
                "due_on": cast.day(0),
                "assignee": cast.user("rina"),
            },
            by=dodi,
        )
    with cast.at("rina", 6, 10, 0) as rina:
        add_note(
            {"case": case, "text": "Bersekolah lagi sejak Senin. Menggambar rumah dengan satu jendela."},
            by=rina,
        )
