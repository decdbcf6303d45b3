"""Demo story: a woman who asks for a wheelchair."""

from app.cases.enums import Channel, Focus, Place, ServiceKind, Urgency
from app.cases.services.entries import give_service, set_follow_up
from app.cases.services.opening import open_case
from app.clients.enums import ConsentPurpose, IdentityStatus, PhoneOwner, SafeToContact, Sex
from app.clients.services.clients import register_client
from app.demo.cast import DemoContext
from app.demo.stories.words import record_service, record_written_consent


def create_wheelchair_case(context: DemoContext) -> None:
    """Create the case of a woman who has not left her house for a year and asks for a wheelchair."""
    with context.act_as("sari", 15, 9, 0) as sari:
        birth_date = context.invent_birth_date(1966)
        woman = register_client(
            {
                "name": "Murni Anggraini",
                "alias": "Bu Murni",
                "sex": Sex.female,
                "birth_place": "Bontang",
                "birth_date": birth_date,
                "nik": context.invent_nik(birth_date, Sex.female),
                "identity_status": IdentityStatus.verified,
                "phone": context.invent_phone(),
                "phone_owner": PhoneOwner.family,
                "safe_to_contact": SafeToContact.yes,
                "address": "Jalan Selat Karimata No. 7",
                "rt": "17",
                "kelurahan": context.get_kelurahan("Tanjung Laut"),
            },
            by=sari,
        )
        case = open_case(
            {
                "client": woman,
                "channel": Channel.family,
                "presenting_problem": "Tidak dapat berjalan sejak strok. Meminta kursi roda agar bisa ke masjid dan puskesmas.",
                "focus": Focus.poverty,
                "primary_category": context.get_category(24),
                "urgency": Urgency.ordinary,
            },
            by=sari,
        )
        record_written_consent(woman, ConsentPurpose.share_with_partner, "Murni Anggraini", sari)
        record_written_consent(woman, ConsentPurpose.photo, "Murni Anggraini", sari)
    with context.act_as("sari", 14, 13, 0) as sari:
        record_service(
            case,
            ServiceKind.outreach,
            Place.home,
            "Kunjungan rumah: pintu 80 cm, dua anak tangga; kursi roda ukuran dewasa.",
            sari,
        )
        narrative = "Menanyakan persediaan kursi roda; diminta surat kelurahan, KTP, KK dan foto rumah."
        give_service(
            {
                "case": case,
                "kind": ServiceKind.information,
                "place": Place.phone,
                "partner": context.get_partner("Baznas Kota Bontang"),
                "narrative": narrative,
            },
            by=sari,
        )
        set_follow_up(
            {"case": case, "title": "Lengkapi berkas kursi roda", "due_on": context.get_date(3)}, by=sari
        )
