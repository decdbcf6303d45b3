"""Remaining demo records: reports and teams in every state, and the calls of the other demo modules."""

from app.cases.enums import Channel, Place, ServiceKind, Urgency
from app.cases.services.caseload import assign_worker, take_case
from app.cases.services.cases import join_team, lower_confidentiality, raise_confidentiality
from app.cases.services.entries import cancel_follow_up, give_service, set_follow_up
from app.cases.services.reports import dismiss_report, receive_report, take_up_report
from app.clients.enums import Sex
from app.demo.cast import DemoContext
from app.demo.money import create_grant_spending
from app.demo.office import create_files_and_consents, create_grants, create_partners, open_new_case
from app.demo.process import create_stage_changes
from app.demo.referrals import create_referrals
from app.reference.enums import Confidentiality


def create_remaining_records(context: DemoContext) -> None:
    """Create reports, team changes, files, partners, grants, stages, referrals and spending."""
    _create_reports(context)
    _create_team_changes(context)
    create_files_and_consents(context)
    create_partners(context)
    create_grants(context)
    create_stage_changes(context)
    create_referrals(context)
    create_grant_spending(context)


def _create_reports(context: DemoContext) -> None:
    with context.act_as("rina", 0, 6, 30) as rina:
        receive_report(
            {"channel": Channel.rt_rw, "reporter_name": "Bu Hasnah", "reporter_role": "Ketua RT 30", "reporter_phone": context.invent_phone(),
             "location": "Gang Atletik", "kelurahan": context.get_kelurahan("Lok Tuan"), "urgency": Urgency.urgent,
             "description": "Dua anak tidak bersekolah sejak dua bulan, orang tua bekerja di laut."},
            by=rina,
        )  # fmt: skip
    with context.act_as("sari", 1, 15, 20) as sari:
        receive_report(
            {"channel": Channel.social_media, "kelurahan": context.get_kelurahan("Api-api"), "urgency": Urgency.ordinary,
             "description": "Unggahan warga: pengemis dengan anak kecil di simpang lampu merah."},
            by=sari,
        )  # fmt: skip
    with context.act_as("sari", 5, 9, 0) as sari:
        wrong_report = receive_report(
            {
                "channel": Channel.phone_whatsapp,
                "description": "Lampu jalan di depan rumah mati.",
                "urgency": Urgency.ordinary,
            },
            by=sari,
        )
        dismiss_report(wrong_report, dismissed_reason="Bukan urusan LK3; diteruskan ke kelurahan.", by=sari)
    with context.act_as("dodi", 8, 10, 0) as dodi:
        first_report = receive_report(
            {"channel": Channel.walk_in, "reporter_name": "Tetangga", "kelurahan": context.get_kelurahan("Kanaan"),
             "description": "Ibu dengan tiga anak kehabisan bahan makanan.", "urgency": Urgency.urgent},
            by=dodi,
        )  # fmt: skip
        case = take_up_report(first_report, by=dodi, name="Maria Tandi", sex=Sex.female)
    with context.act_as("dodi", 7, 8, 0) as dodi:
        repeated_report = receive_report(
            {
                "channel": Channel.rt_rw,
                "kelurahan": context.get_kelurahan("Kanaan"),
                "description": "Keluarga yang sama, dilaporkan ketua RT.",
            },
            by=dodi,
        )
        take_up_report(repeated_report, by=dodi, case=case)


def _create_team_changes(context: DemoContext) -> None:
    case = open_new_case(context, "rina", 30, "Bertengkar dengan menantu, ingin pindah ke rumah anak kedua.")
    with context.act_as("sari", 28, 9, 0) as sari:
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
    with context.act_as("dodi", 25, 9, 0) as dodi:
        join_team(case, by=dodi)
        take_case(case, by=dodi)
        follow_up = set_follow_up(
            {"case": case, "title": "Antar ke rumah anak kedua", "due_on": context.get_date(-20)}, by=dodi
        )
    with context.act_as("dodi", 22, 9, 0) as dodi:
        cancel_follow_up(follow_up, reason="Dijemput sendiri oleh anaknya.", by=dodi)
    reassigned_case = open_new_case(
        context, "dodi", 18, "Mantan warga binaan mencari pekerjaan dan tempat tinggal."
    )
    with context.act_as("admin", 17, 9, 0) as admin:
        assign_worker(
            reassigned_case,
            worker=context.get_user("sari"),
            reason="Dodi mengikuti pelatihan dua pekan.",
            by=admin,
        )
    secret_case = open_new_case(context, "rina", 16, "Perempuan muda diancam mantan pacar.")
    with context.act_as("rina", 16, 12, 0) as rina:
        raise_confidentiality(
            secret_case,
            confidentiality=Confidentiality.secret,
            reason="Pelaku bertetangga dengan staf.",
            by=rina,
        )
    lowered_case = open_new_case(context, "rina", 50, "Perselisihan warisan antar saudara.")
    with context.act_as("rina", 50, 12, 0) as rina:
        raise_confidentiality(
            lowered_case, confidentiality=Confidentiality.limited, reason="Salah satu pihak pejabat.", by=rina
        )
    with context.act_as("admin", 21, 9, 0) as admin:
        lower_confidentiality(
            lowered_case,
            confidentiality=Confidentiality.ordinary,
            reason="Perselisihan selesai, kedua pihak setuju.",
            by=admin,
        )
