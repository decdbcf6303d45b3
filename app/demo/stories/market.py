"""Demo story: an unidentified man at the market."""

from datetime import date

from app.cases.enums import Channel, Place, ServiceKind, Urgency
from app.cases.services.entries import add_note, give_service, set_follow_up
from app.cases.services.reports import receive_report, take_up_report
from app.clients.enums import BirthDatePrecision, IdentityStatus, NoNikReason, Sex
from app.clients.services.clients import update_client
from app.core import clock
from app.demo.cast import DemoContext
from app.demo.stories.words import record_service


def create_unidentified_man_case(context: DemoContext) -> None:
    """Create the case of a man without name or papers; Disdukcapil is asked for his identity."""
    with context.act_as("rina", 12, 9, 10) as rina:
        report = receive_report(
            {
                "channel": Channel.bhabinkamtibmas_babinsa,
                "reporter_name": "Aiptu Suharno",
                "reporter_role": "Bhabinkamtibmas Berbas Pantai",
                "reporter_phone": context.invent_phone(),
                "location": "Pasar Rawa Indah, pintu selatan",
                "kelurahan": context.get_kelurahan("Berbas Pantai"),
                "description": "Laki-laki kira-kira 50 tahun, berbicara sendiri, tidak tahu namanya, tidur di emperan kios.",
                "urgency": Urgency.urgent,
            },
            by=rina,
        )
    with context.act_as("rina", 12, 10, 0) as rina:
        case = take_up_report(
            report,
            by=rina,
            sex=Sex.male,
            birth_date=date(clock.current_year() - 50, 1, 1),
            birth_date_precision=BirthDatePrecision.estimated,
        )
        client_data = {
            "identity_status": IdentityStatus.unknown,
            "no_nik_reason": NoNikReason.mental_disorder,
            "features": "Kaus hijau, bekas luka di pelipis kiri, membawa tas kain.",
        }
        update_client(case.client, client_data, by=rina)
    with context.act_as("rina", 12, 11, 0) as rina:
        record_service(
            case,
            ServiceKind.outreach,
            Place.field,
            "Dijemput di pasar, diberi makan dan pakaian, dibawa ke rumah singgah.",
            rina,
        )
    with context.act_as("dodi", 10, 9, 30) as dodi:
        disdukcapil = context.get_partner("Dinas Kependudukan dan Pencatatan Sipil Kota Bontang")
        narrative = "Perekaman sidik jari dan iris mata untuk mencari identitasnya; hasil menyusul."
        give_service(
            {
                "case": case,
                "kind": ServiceKind.referral,
                "place": Place.partner,
                "partner": disdukcapil,
                "narrative": narrative,
            },
            by=dodi,
        )
        set_follow_up(
            {
                "case": case,
                "title": "Tanyakan hasil perekaman biometrik",
                "due_on": context.get_date(1),
                "assignee": case.worker,
            },
            by=dodi,
        )
    with context.act_as("rina", 3, 16, 40) as rina:
        add_note(
            {
                "case": case,
                "text": "Mulai menjawab bila dipanggil “Pak”. Menyebut kata Muara Badak dua kali.",
            },
            by=rina,
        )
