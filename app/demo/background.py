"""Background cases: as many clients per past year as were published, and enough to fill lists and charts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from tqdm import tqdm

from app.cases.enums import Channel, ClosingReason, Focus, Place, ServiceKind, Urgency
from app.cases.models.case import Case
from app.cases.services.closing import close_case
from app.cases.services.entries import give_service
from app.cases.services.opening import open_case
from app.clients.enums import Sex
from app.clients.models.client import Client
from app.clients.services.clients import register_client
from app.core import clock
from app.core.actor import Actor
from app.db.transaction import transaction
from app.demo.cast import DemoContext
from app.extensions import db
from app.reference.enums import Confidentiality
from app.reference.models import PpksCategory

PUBLISHED_CLIENT_COUNTS = {2011: 64, 2012: 102}
"""Clients of these years as a newspaper published them."""
CLIENTS_PER_YEAR_RANGE = (60, 66)
"""Lowest and highest number of clients in every other full year."""

_PROBLEMS = (
    "Tidak punya penghasilan tetap, sewa rumah menunggak.",
    "Anak putus sekolah karena biaya, orang tua meminta jalan keluar.",
    "Pertengkaran suami istri yang berulang, meminta konseling.",
    "Lansia tinggal sendiri, tetangga khawatir.",
    "Meminta keterangan tentang bantuan pengobatan.",
    "Pindah dari luar daerah, belum mengurus surat pindah.",
    "Kehilangan pekerjaan, meminta modal usaha kecil.",
    "Membutuhkan alat bantu dengar.",
    "Keluarga kebakaran, meminta tempat tinggal sementara.",
)
_SERVICE_NARRATIVES = (
    "Mendengarkan keluhan, mencatat kebutuhan, menjelaskan layanan yang ada.",
    "Kunjungan rumah: keadaan rumah dan keluarga dilihat, disepakati langkah berikutnya.",
    "Menjelaskan syarat dan cara mengurus surat keterangan di kelurahan.",
    "Pembicaraan bersama keluarga; semua pihak didengar.",
    "Mendampingi ke kantor mitra untuk menyerahkan berkas.",
)
_CLOSING_SUMMARIES = {
    ClosingReason.goal_reached: "Tujuan yang disepakati tercapai; keluarga berjalan sendiri.",
    ClosingReason.period_ended: "Masa pendampingan selesai, keadaan membaik.",
    ClosingReason.moved: "Klien pindah ke luar Bontang.",
    ClosingReason.lost_contact: "Tidak dapat dihubungi lagi setelah tiga kali kunjungan.",
    ClosingReason.not_our_mandate: "Diserahkan kepada kantor yang berwenang.",
}
_SERVICE_KINDS = (
    (ServiceKind.consultation, Place.office),
    (ServiceKind.outreach, Place.home),
    (ServiceKind.information, Place.office),
    (ServiceKind.counselling, Place.home),
    (ServiceKind.advocacy, Place.partner),
)


def create_background_cases(context: DemoContext) -> None:
    """Create the clients of all years up to three months ago, each with a case and up to one service."""
    opening_times = [
        day for year in range(2011, context.today.year + 1) for day in _list_opening_times(context, year)
    ]
    with tqdm(total=len(opening_times), desc="demo", unit="client", leave=False, disable=None) as progress:
        for start in range(0, len(opening_times), 50):
            batch = opening_times[start : start + 50]
            # One transaction for fifty cases: a commit for each would take most of the time of the demo.
            with transaction(by=context.get_user("dodi")):
                for moment in batch:
                    _create_case(context, moment)
                    progress.update()


def _list_opening_times(context: DemoContext, year: int) -> Iterator[datetime]:
    client_count = PUBLISHED_CLIENT_COUNTS.get(year) or context.rng.randint(*CLIENTS_PER_YEAR_RANGE)
    last_day = context.today - timedelta(days=90)
    days = sorted(context.rng.randrange(5, 360) for _ in range(client_count))
    for day in days:
        opened_at = datetime(year, 1, 1, tzinfo=UTC) + timedelta(
            days=day, minutes=context.rng.randrange(60, 480)
        )
        if opened_at.date() <= last_day:
            yield opened_at


def _create_case(context: DemoContext, moment: datetime) -> None:
    peksos = context.get_user(context.rng.choice(("rina", "dodi", "sari")))
    with clock.freeze_time(moment):
        client = register_client(_build_client_data(context, moment.year), by=peksos)
        case = open_case(_build_case_data(context, client), by=peksos)
        for _ in range(context.rng.choice((0, 1, 1))):
            _give_service(context, case, peksos)
    _continue_or_close(context, case, moment, peksos)


def _give_service(context: DemoContext, case: Case, peksos: Actor) -> None:
    kind, place = context.rng.choice(_SERVICE_KINDS)
    service_data = {
        "case": case,
        "kind": kind,
        "place": place,
        "narrative": context.rng.choice(_SERVICE_NARRATIVES),
    }
    give_service(service_data, by=peksos)


def _continue_or_close(context: DemoContext, case: Case, moment: datetime, peksos: Actor) -> None:
    """Close the case, or leave some of the recent ones open with a recent service."""
    age_in_days = (context.today - moment.date()).days
    if age_in_days < 300 and context.rng.random() < 0.3:
        with clock.freeze_time(moment + timedelta(days=age_in_days - context.rng.randrange(6, 80))):
            _give_service(context, case, peksos)
        return
    with clock.freeze_time(moment + timedelta(days=context.rng.randrange(20, min(age_in_days, 240)))):
        reason = context.rng.choice(tuple(_CLOSING_SUMMARIES))
        close_case(case, closing_reason=reason, closing_summary=_CLOSING_SUMMARIES[reason], by=peksos)


def _build_client_data(context: DemoContext, year: int) -> dict[str, Any]:
    sex = context.rng.choice((Sex.female, Sex.female, Sex.male))
    birth_date = context.invent_birth_date(year - context.rng.randrange(20, 75))
    return {"name": context.invent_name(sex), "sex": sex, **context.invent_personal_data(sex, birth_date)}


def _build_case_data(context: DemoContext, client: Client) -> dict[str, Any]:
    ordinary_categories = (
        select(PpksCategory).filter_by(confidentiality=Confidentiality.ordinary).order_by(PpksCategory.code)
    )
    return {
        "client": client,
        "channel": context.rng.choice((Channel.walk_in, Channel.walk_in, Channel.rt_rw, Channel.outreach)),
        "presenting_problem": context.rng.choice(_PROBLEMS),
        "focus": context.rng.choice(tuple(Focus)),
        "urgency": context.rng.choice((Urgency.ordinary, Urgency.ordinary, Urgency.urgent)),
        "primary_category": context.rng.choice(db.session.scalars(ordinary_categories).all()),
    }
