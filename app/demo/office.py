"""Demo files, consents, partners and unspent grants, and a helper that opens a case."""

from collections.abc import Sequence

from sqlalchemy import select

from app.cases.enums import Channel, Focus, Urgency
from app.cases.models.case import Case
from app.cases.services.entries import add_note, attach_file
from app.cases.services.opening import open_case
from app.clients.enums import ConsentMethod, ConsentPurpose, IdentityStatus, NoNikReason, Sex
from app.clients.services.clients import (
    archive_client,
    record_consent,
    register_client,
    restore_client,
    withdraw_consent,
)
from app.core.actor import Actor
from app.demo.cast import DemoContext
from app.demo.receipts import upload_file
from app.extensions import db
from app.grants.enums import BudgetStage, GrantForm, Purpose
from app.grants.models.pots import FundingSource, Grant
from app.grants.services.life import budget_grant, lapse_grant, reject_grant
from app.grants.services.pots import add_grant
from app.partners.enums import PartnerKind
from app.partners.services import archive_partner, create_contact, create_partner, verify_partner

PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)
"""PNG of one pixel: it shows nobody."""


def create_files_and_consents(context: DemoContext) -> None:
    """Create a photo, a note, a withdrawn consent, an archived and a restored client."""
    case = open_new_case(context, "sari", 11, "Ingin mengurus kartu keluarga baru setelah suami wafat.")
    with context.act_as("sari", 11, 13, 0) as sari:
        file_key = upload_file(PHOTO, "surat.png")
        attach_file({"case": case, "title": "Foto surat keterangan kematian", "file": file_key}, by=sari)
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
    with context.act_as("sari", 4, 9, 0) as sari:
        withdraw_consent(consent, reason="Tidak ingin fotonya dimuat di koran.", by=sari)
    with context.act_as("sari", 60, 9, 0) as sari:
        duplicate_client = register_client(
            {
                "name": "Percobaan Ganda",
                "identity_status": IdentityStatus.no_nik,
                "no_nik_reason": NoNikReason.other,
            },
            by=sari,
        )
        restored_client = register_client({"name": "Tarman", "sex": Sex.male}, by=sari)
    with context.act_as("admin", 59, 9, 0) as admin:
        archive_client(duplicate_client, by=admin)
        archive_client(restored_client, by=admin)
    with context.act_as("admin", 2, 9, 0) as admin:
        restore_client(restored_client, by=admin)


def create_partners(context: DemoContext) -> None:
    """Create an archived partner, a contact, an agreement about to end, and verify a partner."""
    with context.act_as("admin", 70, 9, 0) as admin:
        archived_partner = create_partner(
            {"name": "Posko Siaga Bencana Telihan", "kind": PartnerKind.community}, by=admin
        )
        create_contact(
            {
                "partner": context.get_partner("Baznas Kota Bontang"),
                "name": "Petugas loket",
                "position": "Pelayanan mustahik",
                "phone": context.invent_phone(),
            },
            by=admin,
        )
        create_partner(
            {
                "name": "Paguyuban Dapur Tetangga",
                "kind": PartnerKind.community,
                "phone": context.invent_phone(),
                "agreement_number": f"PKS/{context.today.year - 1}/03",
                "agreement_from": context.get_date(-325),
                "agreement_until": context.get_date(40),
            },
            by=admin,
        )
    with context.act_as("admin", 35, 9, 0) as admin:
        archive_partner(archived_partner, by=admin)
    with context.act_as("rina", 13, 9, 0) as rina:
        verify_partner(context.get_partner("UPTD PPA Kota Bontang"), by=rina)


def create_grants(context: DemoContext) -> None:
    """Create grants before anything is spent; `app.demo.money` spends."""
    year = context.today.year
    with context.act_as("admin", 80, 9, 0) as admin:
        source = _get_source("Pemerintah Kota Bontang (APBD)")
        running_grant = _add_grant(
            source,
            f"Operasional dan bantuan klien {year}",
            year,
            150_000_000,
            [Purpose.operational, Purpose.client_aid],
            admin,
        )
        budget_grant(running_grant, document_number=f"DPA/{year}/2.11/001", by=admin)
        rejected_grant = _add_grant(
            source, f"Pengadaan sepeda motor siaga {year}", year, 60_000_000, [Purpose.operational], admin
        )
        reject_grant(rejected_grant, reason="Ditunda ke tahun berikutnya oleh tim anggaran.", by=admin)
        lapsed_grant = _add_grant(
            source, f"Pelatihan pengurus {year - 1}", year - 1, 40_000_000, [Purpose.activity], admin
        )
        budget_grant(lapsed_grant, document_number=f"DPA/{year - 1}/2.11/007", by=admin)
        lapse_grant(lapsed_grant, reason="Tidak terlaksana sampai akhir tahun.", by=admin)
        _add_grant(
            source, f"Kegiatan keluarga tangguh {year + 1}", year + 1, 85_000_000, [Purpose.activity], admin
        )


def _get_source(name: str) -> FundingSource:
    return db.session.scalars(select(FundingSource).filter_by(name=name)).one()


def _add_grant(
    source: FundingSource, name: str, year: int, ceiling: int, purposes: list[Purpose], by: Actor
) -> Grant:
    data = {"source": source, "name": name, "fiscal_year": year, "form": GrantForm.cash, "budget_stage": BudgetStage.original,
            "ceiling_initial": ceiling, "purposes": purposes}  # fmt: skip
    return add_grant(data, by=by)


def open_new_case(
    context: DemoContext, username: str, days_ago: int, problem: str, tags: Sequence[str] = ()
) -> Case:
    """Open a case for a new client, so many days ago at 09:00 WITA."""
    with context.act_as(username, days_ago, 9, 0) as peksos:
        sex = context.rng.choice((Sex.female, Sex.male))
        client = register_client(
            {
                "name": context.invent_name(sex),
                "sex": sex,
                "phone": context.invent_phone(),
                "address": context.invent_street(),
            },
            by=peksos,
        )
        return open_case(
            {
                "client": client,
                "channel": Channel.walk_in,
                "presenting_problem": problem,
                "focus": Focus.psychosocial,
                "urgency": Urgency.ordinary,
                "tags": [context.get_tag(code) for code in tags],
            },
            by=peksos,
        )
