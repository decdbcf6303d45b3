"""Referrals in every state: a wheelchair through LAZ, a man whom Disdukcapil traces, and an ordinary year."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.cases.choices import CaseStatus, Urgency
from app.cases.models import Case
from app.clients.choices import ConsentPurpose
from app.core import clock
from app.core.unit import unit
from app.demo.cast import Cast
from app.demo.stories.words import agree
from app.extensions import db
from app.partners.services import create_service
from app.reference.choices import Confidentiality
from app.reference.models import NeedKind
from app.referrals.choices import DeclinedBy, LegalBasis, Outcome, Refusal, SharedField, ToldHow
from app.referrals.models import Referral
from app.referrals.services import (
    accept_referral,
    ask_document,
    cancel_referral,
    complete_referral,
    confirm_referral,
    decline_referral,
    dispute_referral,
    draft_referral,
    enclose_document,
    refer_on,
    reply_to_partner,
    send_referral,
    settle_referral,
    start_referral,
)

_SHARED = [SharedField.identity, SharedField.sex_and_age, SharedField.address]
_WHEELCHAIRS = {
    "Baznas Kota Bontang": "Surat keterangan tidak mampu\nFotokopi KTP\nFotokopi KK",
    "LAZ Yaumil PT Badak LNG": "Fotokopi KTP\nFotokopi KK",
}
_YEAR_ROUND = 36
"""Background referrals: enough for a queue and a scorecard, few enough for a quick start."""
_ASKED = (
    ("cash_aid", "Biaya hidup satu bulan selama klien belum bekerja."),
    ("health", "Pemeriksaan dan obat; klien belum pernah berobat sejak awal tahun."),
    ("legal", "Pendampingan mengurus hak asuh anak."),
    ("identity_papers", "Penerbitan kartu keluarga yang hilang."),
)


def referrals(cast: Cast) -> None:
    """Tell them all by the verbs that the pages use."""
    _wheelchair(cast)
    _traced(cast)
    _year_round(cast)


def _case(text: str) -> Case:
    return db.session.scalars(select(Case).where(Case.presenting_problem.contains(text))).one()


def _need(code: str) -> NeedKind:
    return db.session.scalars(select(NeedKind).filter_by(code=code)).one()


def _wheelchair(cast: Cast) -> None:
    case = _case("Tidak dapat berjalan sejak strok")
    with cast.at("admin", 60, 9, 0) as admin:
        for name, papers in _WHEELCHAIRS.items():
            offer = {
                "partner": cast.partner(name),
                "need_kind": _need("wheelchair"),
                "required_documents": papers,
            }
            create_service(offer, by=admin)
    with cast.at("sari", 13, 9, 0) as sari:
        asked = draft_referral(
            {
                "case": case,
                "need_kind": _need("wheelchair"),
                "partner": cast.partner("Baznas Kota Bontang"),
                "request": "Satu kursi roda ukuran dewasa; pintu rumah 80 cm, dua anak tangga.",
            },
            by=sari,
        )
        for document in list(asked.documents):
            enclose_document(document, by=sari)
        send_referral(asked, shared_fields=_SHARED, by=sari)
    with cast.at("sari", 11, 10, 30) as sari:
        decline_referral(
            asked,
            decline_reason=Refusal.funds_exhausted,
            declined_by=DeclinedBy.partner,
            answered_by="Abdul Karim",
            answered_position="Staf distribusi",
            told_how=ToldHow.phone,
            by=sari,
        )
    with cast.at("sari", 11, 11, 0) as sari:
        laz = refer_on(asked, partner=cast.partner("LAZ Yaumil PT Badak LNG"), by=sari)
        send_referral(laz, shared_fields=_SHARED, by=sari)
    with cast.at("sari", 10, 9, 0) as sari:
        accept_referral(laz, answered_by="Nurhayati", answered_position="Petugas layanan", by=sari)
    with cast.at("sari", 8, 9, 0) as sari:
        start_referral(laz, by=sari)
    with cast.at("sari", 6, 15, 0) as sari:
        done = "Kursi roda diserahkan di rumah klien."
        complete_referral(laz, completed_on=cast.day(-6), result=done, answered_by="Nurhayati", by=sari)
    with cast.at("sari", 5, 10, 0) as sari:
        dispute_referral(laz, reason="Pijakan kaki patah, kursi belum dapat dipakai.", by=sari)
    with cast.at("sari", 3, 14, 0) as sari:
        done = "Pijakan kaki diganti, kursi dicoba bersama keluarga."
        complete_referral(laz, completed_on=cast.day(-3), result=done, answered_by="Nurhayati", by=sari)
    with cast.at("sari", 1, 16, 0) as sari:
        word = {"confirmed_how": "Kunjungan rumah", "confirmed_by": "Klien sendiri"}
        confirm_referral(laz, outcome=Outcome.met, by=sari, **word)


def _traced(cast: Cast) -> None:
    case = _case("tidak tahu namanya")
    with cast.at("rina", 10, 8, 30) as rina:
        asked = draft_referral(
            {
                "case": case,
                "need_kind": _need("identity_papers"),
                "partner": cast.partner("Dinas Kependudukan dan Pencatatan Sipil Kota Bontang"),
                "request": "Pencarian identitas dengan sidik jari dan iris mata.",
                "urgency": Urgency.urgent,
            },
            by=rina,
        )
        send_referral(
            asked,
            shared_fields=[SharedField.identity, SharedField.sex_and_age],
            legal_basis=LegalBasis.emergency,
            reason="Klien tidak dapat memberi persetujuan dan tanpa identitas tidak dapat dirawat.",
            by=rina,
        )
    with cast.at("rina", 10, 15, 0) as rina:
        accept_referral(
            asked,
            answered_by="Rahmat",
            answered_position="Operator SIAK",
            told_how=ToldHow.in_person,
            by=rina,
        )
    with cast.at("rina", 9, 9, 30) as rina:
        start_referral(asked, answered_by="Rahmat", by=rina)
    with cast.at("rina", 4, 11, 0) as rina:
        ask_document(asked, text="Surat keterangan dari rumah singgah", answered_by="Rahmat", by=rina)
        reply_to_partner(asked, reply="Surat kami antar besok pagi.", by=rina)


def _year_round(cast: Cast) -> None:
    query = (
        select(Case)
        .where(
            Case.status == CaseStatus.active,
            Case.confidentiality == Confidentiality.ordinary,
            Case.opened_at < clock.now() - timedelta(days=60),
        )
        .order_by(Case.opened_at.desc(), Case.id)
        .limit(_YEAR_ROUND)
    )
    with unit(by=cast.user("dodi")):  # one transaction: the disk is waited for once
        for number, case in enumerate(db.session.scalars(query)):
            _one(cast, number, case)


def _one(cast: Cast, number: int, case: Case) -> None:
    """The first twelve are of these weeks, in every state that waits for somebody; the others are over."""
    code, request = _ASKED[number % len(_ASKED)]
    at = (
        clock.now() - timedelta(days=2 + number) if number < len(_NOW) else case.opened_at + timedelta(days=3)
    )
    by = case.worker or cast.user("dodi")
    with clock.at(at):
        agree(case.client, ConsentPurpose.share_with_partner, str(case.client.name), by)
        said = {"case": case, "need_kind": _need(code), "request": request}
        referral = draft_referral(said, by=by)
    steps = _NOW[number] if number < len(_NOW) else _PAST[number % len(_PAST)]
    for step in steps:
        at += timedelta(hours=cast.chance.randrange(3, 40))
        with clock.at(min(at, clock.now())):
            step(referral, at=min(at, clock.now()), by=by)


def _send(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    send_referral(referral, shared_fields=_SHARED, by=by)


def _accept(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    accept_referral(referral, answered_by="Petugas loket", by=by)


def _start(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    start_referral(referral, by=by)


def _complete(referral: Referral, *, at: datetime, by: Any) -> None:
    day = at.astimezone(clock.WITA).date()
    complete_referral(referral, completed_on=day, result="Sudah dilayani.", by=by)


def _confirm(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    word = {"confirmed_how": "Telepon", "confirmed_by": "Klien"}
    confirm_referral(referral, outcome=Outcome.met, by=by, **word)


def _partly(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    word = {"confirmed_how": "Kunjungan rumah", "confirmed_by": "Anak klien"}
    confirm_referral(referral, outcome=Outcome.partly_met, by=by, **word)


def _unreached(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    confirm_referral(referral, outcome=Outcome.unreachable, reason="Tiga kali ditelepon.", by=by)


def _decline(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    why = Refusal.capacity_full
    decline_referral(referral, decline_reason=why, declined_by=DeclinedBy.partner, by=by)


def _settle(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    settle_referral(referral, reason="Keluarga menemukan jalan sendiri.", by=by)


def _cancel(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    cancel_referral(referral, reason="Klien menarik permintaannya.", by=by)


Way = tuple[Callable[..., None], ...]
_DONE: Way = (_send, _accept, _start, _complete)
_NOW: tuple[Way, ...] = (
    (_send,), (), (_send, _accept), _DONE, (_send, _decline), (_send,),
    (_send, _accept, _start), _DONE, (_send,), (_send, _accept, _start), (_send, _decline), (_send,),
)  # fmt: skip
_PAST: tuple[Way, ...] = (
    (*_DONE, _confirm), (*_DONE, _confirm), (*_DONE, _partly), (_send, _decline, _settle),
    (*_DONE, _unreached), (_send, _cancel),
)  # fmt: skip
