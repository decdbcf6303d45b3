"""A man without name or papers, found at the market."""

from datetime import date

from app.cases.choices import Channel, Place, ServiceKind, Urgency
from app.cases.services import (
    add_note,
    give_service,
    receive_report,
    set_follow_up,
    take_up_report,
)
from app.clients.choices import (
    BirthDatePrecision,
    IdentityStatus,
    NoNikReason,
    Sex,
)
from app.clients.services import update_client
from app.core import clock
from app.demo.cast import Cast
from app.demo.stories.words import serve


def unidentified_man(cast: Cast) -> None:
    """A man without name or papers at the market; Disdukcapil is asked who he is."""
    with cast.at("rina", 12, 9, 10) as rina:
        report = receive_report(
            {
                "channel": Channel.bhabinkamtibmas_babinsa,
                "reporter_name": "Aiptu Suharno",
                "reporter_role": "Bhabinkamtibmas Berbas Pantai",
                "reporter_phone": cast.phone(),
                "location": "Pasar Rawa Indah, pintu selatan",
                "kelurahan": cast.kelurahan("Berbas Pantai"),
                "description": "Laki-laki kira-kira 50 tahun, berbicara sendiri, tidak tahu namanya, tidur di emperan kios.",
                "urgency": Urgency.urgent,
            },
            by=rina,
        )
    with cast.at("rina", 12, 10, 0) as rina:
        case = take_up_report(
            report,
            by=rina,
            sex=Sex.male,
            birth_date=date(clock.year() - 50, 1, 1),
            birth_date_precision=BirthDatePrecision.estimated,
        )
        papers = {
            "identity_status": IdentityStatus.unknown,
            "no_nik_reason": NoNikReason.mental_disorder,
            "features": "Kaus hijau, bekas luka di pelipis kiri, membawa tas kain.",
        }
        update_client(case.client, papers, by=rina)
    with cast.at("rina", 12, 11, 0) as rina:
        serve(
            case,
            ServiceKind.outreach,
            Place.field,
            "Dijemput di pasar, diberi makan dan pakaian, dibawa ke rumah singgah.",
            rina,
        )
    with cast.at("dodi", 10, 9, 30) as dodi:
        disdukcapil = cast.partner("Dinas Kependudukan dan Pencatatan Sipil Kota Bontang")
        text = "Perekaman sidik jari dan iris mata untuk mencari identitasnya; hasil menyusul."
        give_service(
            {
                "case": case,
                "kind": ServiceKind.referral,
                "place": Place.partner,
                "partner": disdukcapil,
                "narrative": text,
            },
            by=dodi,
        )
        set_follow_up(
            {
                "case": case,
                "title": "Tanyakan hasil perekaman biometrik",
                "due_on": cast.day(1),
                "assignee": case.worker,
            },
            by=dodi,
        )
    with cast.at("rina", 3, 16, 40) as rina:
        add_note(
            {
                "case": case,
                "text": "Mulai menjawab bila dipanggil “Pak”. Menyebut kata Muara Badak dua kali.",
            },
            by=rina,
        )
