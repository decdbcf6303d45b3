"""Demo story: a family in debt."""

from app.cases.enums import Channel, Focus, PersonRole, Place, ServiceKind, Urgency
from app.cases.services.cases import add_person
from app.cases.services.entries import finish_follow_up, set_follow_up
from app.cases.services.opening import open_case
from app.clients.enums import ConsentPurpose, HouseholdRole, IdentityStatus, MaritalStatus, Sex
from app.clients.services.clients import create_household, register_client
from app.demo.cast import DemoContext
from app.demo.stories.words import record_service, record_written_consent


def create_debt_case(context: DemoContext) -> None:
    """Create the case of a family in debt: husband, wife and two children in one household."""
    with context.act_as("rina", 40, 10, 0) as rina:
        no_kk = context.invent_no_kk()
        household = create_household(
            {
                "no_kk": no_kk,
                "address": "Gang Piano No. 14",
                "rt": "12",
                "kelurahan": context.get_kelurahan("Gunung Elai"),
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
                    "birth_date": (birth_date := context.invent_birth_date(year)),
                    "nik": context.invent_nik(birth_date, sex),
                    "no_kk": no_kk,
                    "identity_status": IdentityStatus.verified,
                    "household": household,
                    "household_role": role,
                    "marital_status": marital_status,
                    "address": household.address,
                    "rt": "12",
                    "kelurahan": household.kelurahan,
                    "phone": context.invent_phone()
                    if role in (HouseholdRole.head, HouseholdRole.spouse)
                    else None,
                    "guardian_name": "Rahmat Hidayat" if role is HouseholdRole.child else None,
                },
                by=rina,
            )
            for name, sex, year, role, marital_status in members
        ]
        case = open_case(
            {
                "client": head,
                "channel": Channel.walk_in,
                "presenting_problem": "Utang kepada koperasi dan tiga pinjaman daring; penagih datang tiap malam, anak takut pulang.",
                "focus": Focus.family_resilience,
                "primary_category": context.get_category(25),
                "tags": [context.get_tag("family_debt"), context.get_tag("family_conflict")],
                "urgency": Urgency.urgent,
                "team": [context.get_user("dodi")],
            },
            by=rina,
        )
        add_person({"case": case, "client": wife, "role": PersonRole.spouse}, by=rina)
        record_written_consent(head, ConsentPurpose.service, "Rahmat Hidayat", rina)
    with context.act_as("rina", 33, 15, 0) as rina:
        record_service(
            case,
            ServiceKind.counselling,
            Place.home,
            "Suami dan istri menyusun daftar utang bersama untuk pertama kali.",
            rina,
        )
        follow_up = set_follow_up(
            {
                "case": case,
                "title": "Hubungi koperasi, minta keringanan angsuran",
                "due_on": context.get_date(-26),
            },
            by=rina,
        )
    with context.act_as("rina", 27, 11, 0) as rina:
        finish_follow_up(follow_up, result="Koperasi bersedia menjadwal ulang selama 12 bulan.", by=rina)
        record_service(
            case,
            ServiceKind.advocacy,
            Place.partner,
            "Mendampingi keluarga ke koperasi; surat penjadwalan ulang ditandatangani.",
            rina,
        )
    with context.act_as("rina", 9, 19, 30) as rina:
        record_service(
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
                "due_on": context.get_date(-2),
            },
            by=rina,
        )
