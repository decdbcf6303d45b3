"""The rest of an ordinary autumn: records in every state that a verb can lead to."""

from app.cases.choices import Channel, Place, ServiceKind, Urgency
from app.cases.services import (
    assign_worker,
    cancel_follow_up,
    dismiss_report,
    give_service,
    join_team,
    lower_confidentiality,
    raise_confidentiality,
    receive_report,
    set_follow_up,
    take_case,
    take_up_report,
)
from app.clients.choices import Sex
from app.demo.cast import Cast
from app.demo.money import money
from app.demo.office import new_case, papers, partners, pots
from app.demo.process import every_stage
from app.demo.referrals import referrals
from app.reference.choices import Confidentiality


def every_other_state(cast: Cast) -> None:
    """Reports, colleagues, papers, partners and pots, each in what the stories leave out."""
    _reports(cast)
    _colleagues(cast)
    papers(cast)
    partners(cast)
    pots(cast)
    every_stage(cast)
    referrals(cast)
    money(cast)


def _reports(cast: Cast) -> None:
    with cast.at("rina", 0, 6, 30) as rina:
        receive_report(
            {"channel": Channel.rt_rw, "reporter_name": "Bu Hasnah", "reporter_role": "Ketua RT 30", "reporter_phone": cast.phone(),
             "location": "Gang Atletik", "kelurahan": cast.kelurahan("Lok Tuan"), "urgency": Urgency.urgent,
             "description": "Dua anak tidak bersekolah sejak dua bulan, orang tua bekerja di laut."},
            by=rina,
        )  # fmt: skip
    with cast.at("sari", 1, 15, 20) as sari:
        receive_report(
            {"channel": Channel.social_media, "kelurahan": cast.kelurahan("Api-api"), "urgency": Urgency.ordinary,
             "description": "Unggahan warga: pengemis dengan anak kecil di simpang lampu merah."},
            by=sari,
        )  # fmt: skip
    with cast.at("sari", 5, 9, 0) as sari:
        wrong = receive_report(
            {
                "channel": Channel.phone_whatsapp,
                "description": "Lampu jalan di depan rumah mati.",
                "urgency": Urgency.ordinary,
            },
            by=sari,
        )
        dismiss_report(wrong, dismissed_reason="Bukan urusan LK3; diteruskan ke kelurahan.", by=sari)
    with cast.at("dodi", 8, 10, 0) as dodi:
        first = receive_report(
            {"channel": Channel.walk_in, "reporter_name": "Tetangga", "kelurahan": cast.kelurahan("Kanaan"),
             "description": "Ibu dengan tiga anak kehabisan bahan makanan.", "urgency": Urgency.urgent},
            by=dodi,
        )  # fmt: skip
        case = take_up_report(first, by=dodi, name="Maria Tandi", sex=Sex.female)
    with cast.at("dodi", 7, 8, 0) as dodi:
        again = receive_report(
            {
                "channel": Channel.rt_rw,
                "kelurahan": cast.kelurahan("Kanaan"),
                "description": "Keluarga yang sama, dilaporkan ketua RT.",
            },
            by=dodi,
        )
        take_up_report(again, by=dodi, case=case)


def _colleagues(cast: Cast) -> None:
    case = new_case(cast, "rina", 30, "Bertengkar dengan menantu, ingin pindah ke rumah anak kedua.")
    with cast.at("sari", 28, 9, 0) as sari:
        join_team(case, by=sari)
        give_service(
            {
                "case": case,
                "kind": ServiceKind.consultation,
                "place": Place.office,
                "narrative": "Mendengarkan anak kedua, bersedia menampung.",
            },
            by=sari,
        )
    with cast.at("dodi", 25, 9, 0) as dodi:
        join_team(case, by=dodi)
        take_case(case, by=dodi)
        step = set_follow_up(
            {"case": case, "title": "Antar ke rumah anak kedua", "due_on": cast.day(-20)}, by=dodi
        )
    with cast.at("dodi", 22, 9, 0) as dodi:
        cancel_follow_up(step, reason="Dijemput sendiri oleh anaknya.", by=dodi)
    handed = new_case(cast, "dodi", 18, "Mantan warga binaan mencari pekerjaan dan tempat tinggal.")
    with cast.at("admin", 17, 9, 0) as admin:
        assign_worker(
            handed, worker=cast.user("sari"), reason="Dodi mengikuti pelatihan dua pekan.", by=admin
        )
    guarded = new_case(cast, "rina", 16, "Perempuan muda diancam mantan pacar.")
    with cast.at("rina", 16, 12, 0) as rina:
        raise_confidentiality(
            guarded, confidentiality=Confidentiality.secret, reason="Pelaku bertetangga dengan staf.", by=rina
        )
    calmer = new_case(cast, "rina", 50, "Perselisihan warisan antar saudara.")
    with cast.at("rina", 50, 12, 0) as rina:
        raise_confidentiality(
            calmer, confidentiality=Confidentiality.limited, reason="Salah satu pihak pejabat.", by=rina
        )
    with cast.at("admin", 21, 9, 0) as admin:
        lower_confidentiality(
            calmer,
            confidentiality=Confidentiality.ordinary,
            reason="Perselisihan selesai, kedua pihak setuju.",
            by=admin,
        )
