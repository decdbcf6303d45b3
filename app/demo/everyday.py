"""The rest of an ordinary autumn: records in every state that a verb can lead to."""

from io import BytesIO

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from app.cases.choices import Channel, Focus, Place, ServiceKind, Urgency
from app.cases.models import Case
from app.cases.services import (
    add_note,
    assign_worker,
    attach_file,
    cancel_follow_up,
    dismiss_report,
    give_service,
    join_team,
    lower_confidentiality,
    open_case,
    raise_confidentiality,
    receive_report,
    set_follow_up,
    take_case,
    take_up_report,
)
from app.clients.choices import ConsentMethod, ConsentPurpose, IdentityStatus, NoNikReason, Sex
from app.clients.services import (
    archive_client,
    record_consent,
    register_client,
    restore_client,
    withdraw_consent,
)
from app.core.actor import Actor
from app.core.files import save_upload
from app.demo.cast import Cast
from app.extensions import db
from app.grants.choices import BudgetStage, GrantForm, Purpose
from app.grants.models import FundingSource, Grant
from app.grants.services import add_grant, budget_grant, lapse_grant, reject_grant
from app.partners.choices import PartnerKind
from app.partners.services import archive_partner, create_contact, create_partner, verify_partner
from app.reference.choices import Confidentiality

PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)
"""A picture of one dot: nobody's photo."""


def every_other_state(cast: Cast) -> None:
    """Reports, colleagues, papers, partners and pots, each in what the stories leave out."""
    _reports(cast)
    _colleagues(cast)
    _papers(cast)
    _partners(cast)
    _pots(cast)


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
    case = _case(cast, "rina", 30, "Bertengkar dengan menantu, ingin pindah ke rumah anak kedua.")
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
        take_case(case, by=dodi)
        step = set_follow_up(
            {"case": case, "title": "Antar ke rumah anak kedua", "due_on": cast.day(-20)}, by=dodi
        )
    with cast.at("dodi", 22, 9, 0) as dodi:
        cancel_follow_up(step, reason="Dijemput sendiri oleh anaknya.", by=dodi)
    handed = _case(cast, "dodi", 18, "Mantan warga binaan mencari pekerjaan dan tempat tinggal.")
    with cast.at("admin", 17, 9, 0) as admin:
        assign_worker(
            handed, worker=cast.user("sari"), reason="Dodi mengikuti pelatihan dua pekan.", by=admin
        )
    guarded = _case(cast, "rina", 16, "Perempuan muda diancam mantan pacar.")
    with cast.at("rina", 16, 12, 0) as rina:
        raise_confidentiality(
            guarded, confidentiality=Confidentiality.secret, reason="Pelaku bertetangga dengan staf.", by=rina
        )
    calmer = _case(cast, "rina", 50, "Perselisihan warisan antar saudara.")
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


def _papers(cast: Cast) -> None:
    case = _case(cast, "sari", 11, "Ingin mengurus kartu keluarga baru setelah suami wafat.")
    with cast.at("sari", 11, 13, 0) as sari:
        key = save_upload(FileStorage(BytesIO(PHOTO), filename="surat.png"))
        attach_file({"case": case, "title": "Foto surat keterangan kematian", "file": key}, by=sari)
        add_note({"case": case, "text": "Surat asli disimpan klien."}, by=sari)
        consent = record_consent(
            {
                "client": case.client,
                "purpose": ConsentPurpose.publication,
                "method": ConsentMethod.spoken_recorded,
                "given_by": case.client.name,
            },
            by=sari,
        )
    with cast.at("sari", 4, 9, 0) as sari:
        withdraw_consent(consent, reason="Tidak ingin fotonya dimuat di koran.", by=sari)
    with cast.at("sari", 60, 9, 0) as sari:
        twice = register_client(
            {
                "name": "Percobaan Ganda",
                "identity_status": IdentityStatus.no_nik,
                "no_nik_reason": NoNikReason.other,
            },
            by=sari,
        )
        back = register_client({"name": "Tarman", "sex": Sex.male}, by=sari)
    with cast.at("admin", 59, 9, 0) as admin:
        archive_client(twice, by=admin)
        archive_client(back, by=admin)
    with cast.at("admin", 2, 9, 0) as admin:
        restore_client(back, by=admin)


def _partners(cast: Cast) -> None:
    with cast.at("admin", 70, 9, 0) as admin:
        gone = create_partner(
            {"name": "Posko Siaga Bencana Telihan", "kind": PartnerKind.community}, by=admin
        )
        create_contact(
            {
                "partner": cast.partner("Baznas Kota Bontang"),
                "name": "Petugas loket",
                "position": "Pelayanan mustahik",
                "phone": cast.phone(),
            },
            by=admin,
        )
    with cast.at("admin", 35, 9, 0) as admin:
        archive_partner(gone, by=admin)
    with cast.at("rina", 13, 9, 0) as rina:
        verify_partner(cast.partner("UPTD PPA Kota Bontang"), by=rina)


def _pots(cast: Cast) -> None:
    year = cast.today.year
    with cast.at("admin", 80, 9, 0) as admin:
        source = _source("Pemerintah Kota Bontang (APBD)")
        running = _pot(
            source,
            f"Operasional dan bantuan klien {year}",
            year,
            150_000_000,
            [Purpose.operational, Purpose.client_aid],
            admin,
        )
        budget_grant(running, document_number=f"DPA/{year}/2.11/001", by=admin)
        refused = _pot(
            source, f"Pengadaan sepeda motor siaga {year}", year, 60_000_000, [Purpose.operational], admin
        )
        reject_grant(refused, reason="Ditunda ke tahun berikutnya oleh tim anggaran.", by=admin)
        lost = _pot(source, f"Pelatihan pengurus {year - 1}", year - 1, 40_000_000, [Purpose.activity], admin)
        budget_grant(lost, document_number=f"DPA/{year - 1}/2.11/007", by=admin)
        lapse_grant(lost, reason="Tidak terlaksana sampai akhir tahun.", by=admin)
        _pot(source, f"Kegiatan keluarga tangguh {year + 1}", year + 1, 85_000_000, [Purpose.activity], admin)


def _source(name: str) -> FundingSource:
    return db.session.scalars(select(FundingSource).filter_by(name=name)).one()


def _pot(
    source: FundingSource, name: str, year: int, ceiling: int, purposes: list[Purpose], by: Actor
) -> Grant:
    data = {"source": source, "name": name, "fiscal_year": year, "form": GrantForm.cash, "budget_stage": BudgetStage.original,
            "ceiling_initial": ceiling, "purposes": purposes}  # fmt: skip
    return add_grant(data, by=by)


def _case(cast: Cast, username: str, days_ago: int, problem: str) -> Case:
    with cast.at(username, days_ago, 9, 0) as peksos:
        sex = cast.chance.choice((Sex.female, Sex.male))
        client = register_client(
            {"name": cast.name(sex), "sex": sex, "phone": cast.phone(), "address": cast.street()}, by=peksos
        )
        return open_case(
            {
                "client": client,
                "channel": Channel.walk_in,
                "presenting_problem": problem,
                "focus": Focus.psychosocial,
                "urgency": Urgency.ordinary,
            },
            by=peksos,
        )
