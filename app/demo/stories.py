"""Five stories of this autumn, from the first knock to what is still to be done."""

from datetime import date

from app.cases.choices import Channel, Focus, PersonRole, Place, ServiceKind, Urgency
from app.cases.models import Case
from app.cases.services import (
    add_note,
    add_person,
    finish_follow_up,
    give_service,
    open_case,
    receive_report,
    set_follow_up,
    take_up_report,
)
from app.clients.choices import (
    BirthDatePrecision,
    ConsentMethod,
    ConsentPurpose,
    HouseholdRole,
    IdentityStatus,
    MaritalStatus,
    NoNikReason,
    PhoneOwner,
    SafeToContact,
    Sex,
)
from app.clients.models import Client
from app.clients.services import create_household, record_consent, register_client, update_client
from app.core import clock
from app.core.actor import Actor
from app.demo.cast import Cast


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
        _serve(
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


def family_in_debt(cast: Cast) -> None:
    """A family that borrowed from too many; husband, wife and two children under one roof."""
    with cast.at("rina", 40, 10, 0) as rina:
        number = cast.no_kk()
        house = create_household(
            {
                "no_kk": number,
                "address": "Gang Piano No. 14",
                "rt": "12",
                "kelurahan": cast.kelurahan("Gunung Elai"),
            },
            by=rina,
        )
        members = [
            ("Rahmat Hidayat", Sex.male, 1984, HouseholdRole.head, MaritalStatus.married),
            ("Yuliana", Sex.female, 1987, HouseholdRole.spouse, MaritalStatus.married),
            ("Nabila Hidayat", Sex.female, 2012, HouseholdRole.child, None),
            ("Fajar Hidayat", Sex.male, 2017, HouseholdRole.child, None),
        ]
        head, wife, *_children = [
            register_client(
                {
                    "name": name,
                    "sex": sex,
                    "birth_date": (born := cast.born(year)),
                    "nik": cast.nik(born, sex),
                    "no_kk": number,
                    "identity_status": IdentityStatus.verified,
                    "household": house,
                    "household_role": role,
                    "marital_status": marital,
                    "address": house.address,
                    "rt": "12",
                    "kelurahan": house.kelurahan,
                    "phone": cast.phone() if role in (HouseholdRole.head, HouseholdRole.spouse) else None,
                    "guardian_name": "Rahmat Hidayat" if role is HouseholdRole.child else None,
                },
                by=rina,
            )
            for name, sex, year, role, marital in members
        ]
        case = open_case(
            {
                "client": head,
                "channel": Channel.walk_in,
                "presenting_problem": "Utang kepada koperasi dan tiga pinjaman daring; penagih datang tiap malam, anak takut pulang.",
                "focus": Focus.family_resilience,
                "primary_category": cast.category(25),
                "tags": [cast.tag("family_debt"), cast.tag("family_conflict")],
                "urgency": Urgency.urgent,
                "team": [cast.user("dodi")],
            },
            by=rina,
        )
        add_person({"case": case, "client": wife, "role": PersonRole.spouse}, by=rina)
        _agree(head, ConsentPurpose.service, "Rahmat Hidayat", rina)
    with cast.at("rina", 33, 15, 0) as rina:
        _serve(
            case,
            ServiceKind.counselling,
            Place.home,
            "Suami dan istri menyusun daftar utang bersama untuk pertama kali.",
            rina,
        )
        step = set_follow_up(
            {"case": case, "title": "Hubungi koperasi, minta keringanan angsuran", "due_on": cast.day(-26)},
            by=rina,
        )
    with cast.at("rina", 27, 11, 0) as rina:
        finish_follow_up(step, result="Koperasi bersedia menjadwal ulang selama 12 bulan.", by=rina)
        _serve(
            case,
            ServiceKind.advocacy,
            Place.partner,
            "Mendampingi keluarga ke koperasi; surat penjadwalan ulang ditandatangani.",
            rina,
        )
    with cast.at("rina", 9, 19, 30) as rina:
        _serve(
            case,
            ServiceKind.counselling,
            Place.home,
            "Anak mulai mau bicara. Penagih tidak datang lagi sejak pekan lalu.",
            rina,
        )
        set_follow_up(
            {
                "case": case,
                "title": "Kunjungan rumah: lihat catatan belanja keluarga",
                "due_on": cast.day(-2),
            },
            by=rina,
        )


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


def night_call(cast: Cast) -> None:
    """Twenty to midnight: a ketua RT calls about an old woman alone in the rain."""
    with cast.at("dodi", 1, 23, 40) as dodi:
        report = receive_report(
            {
                "channel": Channel.phone_whatsapp,
                "reporter_name": "Pak Usman",
                "reporter_role": "Ketua RT 12",
                "reporter_phone": cast.phone(),
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
        _serve(
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
        _agree(woman, ConsentPurpose.share_with_partner, "Murni Anggraini", sari)
        _agree(woman, ConsentPurpose.photo, "Murni Anggraini", sari)
    with cast.at("sari", 14, 13, 0) as sari:
        _serve(
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


STORIES = (unidentified_man, family_in_debt, child_kept_secret, night_call, wheelchair)


def _serve(case: Case, kind: ServiceKind, place: Place, narrative: str, by: Actor) -> None:
    give_service({"case": case, "kind": kind, "place": place, "narrative": narrative}, by=by)


def _agree(client: Client, purpose: ConsentPurpose, given_by: str, by: Actor) -> None:
    data = {"client": client, "purpose": purpose, "method": ConsentMethod.written, "given_by": given_by}
    record_consent(data, by=by)
