"""The years before: as many clients as were published, and enough since to fill lists and charts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from tqdm import tqdm

from app.cases.choices import Channel, ClosingReason, Focus, Place, ServiceKind, Urgency
from app.cases.models import Case
from app.cases.services import close_case, give_service, open_case
from app.clients.choices import Sex
from app.clients.models import Client
from app.clients.services import register_client
from app.core import clock
from app.core.actor import Actor
from app.core.unit import unit
from app.demo.cast import Cast
from app.extensions import db
from app.reference.choices import Confidentiality
from app.reference.models import PpksCategory

PUBLISHED = {2011: 64, 2012: 102}
"""Clients in these years as the newspaper counted them."""
A_YEAR = (60, 66)
"""Clients in every other full year."""

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
_TALKS = (
    "Mendengarkan keluhan, mencatat kebutuhan, menjelaskan layanan yang ada.",
    "Kunjungan rumah: keadaan rumah dan keluarga dilihat, disepakati langkah berikutnya.",
    "Menjelaskan syarat dan cara mengurus surat keterangan di kelurahan.",
    "Pembicaraan bersama keluarga; semua pihak didengar.",
    "Mendampingi ke kantor mitra untuk menyerahkan berkas.",
)
_ENDS = {
    ClosingReason.goal_reached: "Tujuan yang disepakati tercapai; keluarga berjalan sendiri.",
    ClosingReason.period_ended: "Masa pendampingan selesai, keadaan membaik.",
    ClosingReason.moved: "Klien pindah ke luar Bontang.",
    ClosingReason.lost_contact: "Tidak dapat dihubungi lagi setelah tiga kali kunjungan.",
    ClosingReason.not_our_mandate: "Diserahkan kepada kantor yang berwenang.",
}
_KINDS = (
    (ServiceKind.consultation, Place.office),
    (ServiceKind.outreach, Place.home),
    (ServiceKind.information, Place.office),
    (ServiceKind.counselling, Place.home),
    (ServiceKind.advocacy, Place.partner),
)


def fill_the_years(cast: Cast) -> None:
    """Register the clients of all years up to three months ago, with a case each and a service or two."""
    days = [day for year in range(2011, cast.today.year + 1) for day in _days(cast, year)]
    with tqdm(total=len(days), desc="demo", unit="client", leave=False, disable=None) as progress:
        for start in range(0, len(days), 50):
            chunk = days[start : start + 50]
            # One transaction for fifty: waiting for the disk a thousand times would be most of the demo.
            with unit(by=cast.user("dodi")):
                for moment in chunk:
                    _one(cast, moment)
                    progress.update()


def _days(cast: Cast, year: int) -> Iterator[datetime]:
    wanted = PUBLISHED.get(year) or cast.chance.randint(*A_YEAR)
    last = cast.today - timedelta(days=90)
    days = sorted(cast.chance.randrange(5, 360) for _ in range(wanted))
    for day in days:
        at = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=cast.chance.randrange(60, 480))
        if at.date() <= last:
            yield at


def _one(cast: Cast, moment: datetime) -> None:
    peksos = cast.user(cast.chance.choice(("rina", "dodi", "sari")))
    with clock.at(moment):
        client = register_client(_person(cast, moment.year), by=peksos)
        case = open_case(_case(cast, client), by=peksos)
        for _ in range(cast.chance.choice((0, 1, 1))):
            _talk(cast, case, peksos)
    _go_on_or_end(cast, case, moment, peksos)


def _talk(cast: Cast, case: Case, peksos: Actor) -> None:
    kind, place = cast.chance.choice(_KINDS)
    talk = {"case": case, "kind": kind, "place": place, "narrative": cast.chance.choice(_TALKS)}
    give_service(talk, by=peksos)


def _go_on_or_end(cast: Cast, case: Case, moment: datetime, peksos: Actor) -> None:
    """A case of this year may still be worked on; the older ones have ended, most of them well."""
    age = (cast.today - moment.date()).days
    if age < 300 and cast.chance.random() < 0.3:
        with clock.at(moment + timedelta(days=age - cast.chance.randrange(6, 80))):
            _talk(cast, case, peksos)
        return
    with clock.at(moment + timedelta(days=cast.chance.randrange(20, min(age, 240)))):
        reason = cast.chance.choice(tuple(_ENDS))
        close_case(case, closing_reason=reason, closing_summary=_ENDS[reason], by=peksos)


def _person(cast: Cast, year: int) -> dict[str, Any]:
    sex = cast.chance.choice((Sex.female, Sex.female, Sex.male))
    born = cast.born(year - cast.chance.randrange(20, 75))
    return {"name": cast.name(sex), "sex": sex, **cast.facts(sex, born)}


def _case(cast: Cast, client: Client) -> dict[str, Any]:
    ordinary = (
        select(PpksCategory).filter_by(confidentiality=Confidentiality.ordinary).order_by(PpksCategory.code)
    )
    return {
        "client": client,
        "channel": cast.chance.choice((Channel.walk_in, Channel.walk_in, Channel.rt_rw, Channel.outreach)),
        "presenting_problem": cast.chance.choice(_PROBLEMS),
        "focus": cast.chance.choice(tuple(Focus)),
        "urgency": cast.chance.choice((Urgency.ordinary, Urgency.ordinary, Urgency.urgent)),
        "primary_category": cast.chance.choice(db.session.scalars(ordinary).all()),
    }
