"""Demo story: a secret case of a child, visible to its team only."""

from app.cases.enums import Channel, Focus, Place, ServiceKind, Urgency
from app.cases.services.entries import add_note, give_service, set_follow_up
from app.cases.services.opening import open_case
from app.clients.enums import (
    BirthDatePrecision,
    ConsentMethod,
    ConsentPurpose,
    IdentityStatus,
    SafeToContact,
    Sex,
)
from app.clients.services.clients import record_consent, register_client
from app.core import clock
from app.demo.cast import DemoContext


def create_secret_child_case(context: DemoContext) -> None:
    """Create the case of a hurt child; only the named team may see the case and the client."""
    with context.act_as("dodi", 20, 14, 0) as dodi:
        birth_date = context.invent_birth_date(clock.current_year() - 9)
        child = register_client(
            {
                "name": "Melati",
                "alias": "bukan nama sebenarnya",
                "sex": Sex.female,
                "birth_date": birth_date,
                "birth_date_precision": BirthDatePrecision.exact,
                "identity_status": IdentityStatus.stated,
                "address": "Dititipkan pada nenek",
                "kelurahan": context.get_kelurahan("Belimbing"),
                "guardian_name": "Nenek",
                "guardian_phone": context.invent_phone(),
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
                "primary_category": context.get_category(6),
                "tags": [context.get_tag("physical_violence")],
                "urgency": Urgency.emergency,
                "team": [context.get_user("rina")],
            },
            by=dodi,
        )
        record_consent(
            {"client": child, "purpose": ConsentPurpose.service, "method": ConsentMethod.exception,
             "exception_reason": "Wali sah diduga pelaku; kepentingan terbaik bagi anak."},
            by=dodi,
        )  # fmt: skip
    with context.act_as("dodi", 20, 16, 0) as dodi:
        narrative = "Bersama UPTD PPA: anak ditempatkan sementara pada nenek, laporan polisi dibuat."
        give_service(
            {
                "case": case,
                "kind": ServiceKind.advocacy,
                "place": Place.partner,
                "partner": context.get_partner("UPTD PPA Kota Bontang"),
                "narrative": narrative,
            },
            by=dodi,
        )
        set_follow_up(
            {
                "case": case,
                "title": "Dampingi pemeriksaan psikolog",
                "due_on": context.get_date(0),
                "assignee": context.get_user("rina"),
            },
            by=dodi,
        )
    with context.act_as("rina", 6, 10, 0) as rina:
        add_note(
            {"case": case, "text": "Bersekolah lagi sejak Senin. Menggambar rumah dengan satu jendela."},
            by=rina,
        )
