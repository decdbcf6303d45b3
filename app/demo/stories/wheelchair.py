"""A woman who asks for a wheelchair."""

from app.cases.choices import Channel, Focus, Place, ServiceKind, Urgency
from app.cases.services import (
    give_service,
    open_case,
    set_follow_up,
)
from app.clients.choices import (
    ConsentPurpose,
    IdentityStatus,
    PhoneOwner,
    SafeToContact,
    Sex,
)
from app.clients.services import register_client
from app.demo.cast import Cast
from app.demo.stories.words import agree, serve


def wheelchair(cast: Cast) -> None:
    """A woman who has not left her house for a year asks for a wheelchair."""
    with cast.at("sari", 15, 9, 0) as sari:
        born = cast.born(1966)
        woman = register_client(
            {
                "name": "Murni Anggraini",
                "alias": "Bu Murni",
                "sex": Sex.female,
                "birth_place": "Bontang",
                "birth_date": born,
                "nik": cast.nik(born, Sex.female),
                "identity_status": IdentityStatus.verified,
                "phone": cast.phone(),
                "phone_owner": PhoneOwner.family,
                "safe_to_contact": SafeToContact.yes,
                "address": "Jalan Selat Karimata No. 7",
                "rt": "17",
                "kelurahan": cast.kelurahan("Tanjung Laut"),
            },
            by=sari,
        )
        case = open_case(
            {
                "client": woman,
                "channel": Channel.family,
                "presenting_problem": "Tidak dapat berjalan sejak strok. Meminta kursi roda agar bisa ke masjid dan puskesmas.",
                "focus": Focus.poverty,
                "primary_category": cast.category(24),
                "urgency": Urgency.ordinary,
            },
            by=sari,
        )
        agree(woman, ConsentPurpose.share_with_partner, "Murni Anggraini", sari)
        agree(woman, ConsentPurpose.photo, "Murni Anggraini", sari)
    with cast.at("sari", 14, 13, 0) as sari:
        serve(
            case,
            ServiceKind.outreach,
            Place.home,
            "Kunjungan rumah: pintu 80 cm, dua anak tangga; kursi roda ukuran dewasa.",
            sari,
        )
        text = "Menanyakan persediaan kursi roda; diminta surat kelurahan, KTP, KK dan foto rumah."
        give_service(
            {
                "case": case,
                "kind": ServiceKind.information,
                "place": Place.phone,
                "partner": cast.partner("Baznas Kota Bontang"),
                "narrative": text,
            },
            by=sari,
        )
        set_follow_up({"case": case, "title": "Lengkapi berkas kursi roda", "due_on": cast.day(3)}, by=sari)
