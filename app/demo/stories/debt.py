"""A family that borrowed from too many."""

from app.cases.choices import Channel, Focus, PersonRole, Place, ServiceKind, Urgency
from app.cases.services import (
    add_person,
    finish_follow_up,
    open_case,
    set_follow_up,
)
from app.clients.choices import (
    ConsentPurpose,
    HouseholdRole,
    IdentityStatus,
    MaritalStatus,
    Sex,
)
from app.clients.services import create_household, register_client
from app.demo.cast import Cast
from app.demo.stories.words import agree, serve


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
        agree(head, ConsentPurpose.service, "Rahmat Hidayat", rina)
    with cast.at("rina", 33, 15, 0) as rina:
        serve(
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
        serve(
            case,
            ServiceKind.advocacy,
            Place.partner,
            "Mendampingi keluarga ke koperasi; surat penjadwalan ulang ditandatangani.",
            rina,
        )
    with cast.at("rina", 9, 19, 30) as rina:
        serve(
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
