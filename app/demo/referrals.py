"""Demo referrals in every state: a wheelchair through LAZ, an identity check, and background referrals."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.cases.enums import CaseStatus, Urgency
from app.cases.models.case import Case
from app.clients.enums import ConsentPurpose
from app.core import clock
from app.db.transaction import transaction
from app.demo.cast import DemoContext
from app.demo.stories.words import record_written_consent
from app.extensions import db
from app.partners.services import create_service
from app.reference.enums import Confidentiality
from app.reference.models import NeedKind
from app.referrals.enums import DeclinedBy, LegalBasis, Outcome, Refusal, SharedField, ToldHow
from app.referrals.models.referral import Referral
from app.referrals.services.answers import (
    accept_referral,
    ask_document,
    complete_referral,
    decline_referral,
    start_referral,
)
from app.referrals.services.drafts import draft_referral, enclose_document, refer_on
from app.referrals.services.office import (
    cancel_referral,
    confirm_referral,
    dispute_referral,
    reply_to_partner,
    send_referral,
    settle_referral,
)

_SHARED_FIELDS = [SharedField.identity, SharedField.sex_and_age, SharedField.address]
_WHEELCHAIR_DOCUMENTS = {
    "Baznas Kota Bontang": "Surat keterangan tidak mampu\nFotokopi KTP\nFotokopi KK",
    "LAZ Yaumil PT Badak LNG": "Fotokopi KTP\nFotokopi KK",
}
_BACKGROUND_REFERRAL_COUNT = 36
"""Enough for a queue and a scorecard, few enough for a quick start."""
_REQUESTS = (
    ("cash_aid", "Biaya hidup satu bulan selama klien belum bekerja."),
    ("health", "Pemeriksaan dan obat; klien belum pernah berobat sejak awal tahun."),
    ("legal", "Pendampingan mengurus hak asuh anak."),
    ("identity_papers", "Penerbitan kartu keluarga yang hilang."),
)


def create_referrals(context: DemoContext) -> None:
    """Create all demo referrals through the services that the pages use."""
    _create_wheelchair_referral(context)
    _create_identity_referral(context)
    _create_background_referrals(context)


def _get_case_by_problem(text: str) -> Case:
    return db.session.scalars(select(Case).where(Case.presenting_problem.contains(text))).one()


def _get_need_kind(code: str) -> NeedKind:
    return db.session.scalars(select(NeedKind).filter_by(code=code)).one()


def _create_wheelchair_referral(context: DemoContext) -> None:
    case = _get_case_by_problem("Tidak dapat berjalan sejak strok")
    with context.act_as("admin", 60, 9, 0) as admin:
        for name, documents in _WHEELCHAIR_DOCUMENTS.items():
            service_data = {
                "partner": context.get_partner(name),
                "need_kind": _get_need_kind("wheelchair"),
                "required_documents": documents,
            }
            create_service(service_data, by=admin)
    with context.act_as("sari", 13, 9, 0) as sari:
        declined_referral = draft_referral(
            {
                "case": case,
                "need_kind": _get_need_kind("wheelchair"),
                "partner": context.get_partner("Baznas Kota Bontang"),
                "request": "Satu kursi roda ukuran dewasa; pintu rumah 80 cm, dua anak tangga.",
            },
            by=sari,
        )
        for document in list(declined_referral.documents):
            enclose_document(document, by=sari)
        send_referral(declined_referral, shared_fields=_SHARED_FIELDS, by=sari)
    with context.act_as("sari", 11, 10, 30) as sari:
        decline_referral(
            declined_referral,
            decline_reason=Refusal.funds_exhausted,
            declined_by=DeclinedBy.partner,
            answered_by="Abdul Karim",
            answered_position="Staf distribusi",
            told_how=ToldHow.phone,
            by=sari,
        )
    with context.act_as("sari", 11, 11, 0) as sari:
        laz_referral = refer_on(
            declined_referral, partner=context.get_partner("LAZ Yaumil PT Badak LNG"), by=sari
        )
        send_referral(laz_referral, shared_fields=_SHARED_FIELDS, by=sari)
    with context.act_as("sari", 10, 9, 0) as sari:
        accept_referral(laz_referral, answered_by="Nurhayati", answered_position="Petugas layanan", by=sari)
    with context.act_as("sari", 8, 9, 0) as sari:
        start_referral(laz_referral, by=sari)
    with context.act_as("sari", 6, 15, 0) as sari:
        result = "Kursi roda diserahkan di rumah klien."
        complete_referral(
            laz_referral, completed_on=context.get_date(-6), result=result, answered_by="Nurhayati", by=sari
        )
    with context.act_as("sari", 5, 10, 0) as sari:
        dispute_referral(laz_referral, reason="Pijakan kaki patah, kursi belum dapat dipakai.", by=sari)
    with context.act_as("sari", 3, 14, 0) as sari:
        result = "Pijakan kaki diganti, kursi dicoba bersama keluarga."
        complete_referral(
            laz_referral, completed_on=context.get_date(-3), result=result, answered_by="Nurhayati", by=sari
        )
    with context.act_as("sari", 1, 16, 0) as sari:
        confirmation = {"confirmed_how": "Kunjungan rumah", "confirmed_by": "Klien sendiri"}
        confirm_referral(laz_referral, outcome=Outcome.met, by=sari, **confirmation)


def _create_identity_referral(context: DemoContext) -> None:
    case = _get_case_by_problem("tidak tahu namanya")
    with context.act_as("rina", 10, 8, 30) as rina:
        referral = draft_referral(
            {
                "case": case,
                "need_kind": _get_need_kind("identity_papers"),
                "partner": context.get_partner("Dinas Kependudukan dan Pencatatan Sipil Kota Bontang"),
                "request": "Pencarian identitas dengan sidik jari dan iris mata.",
                "urgency": Urgency.urgent,
            },
            by=rina,
        )
        send_referral(
            referral,
            shared_fields=[SharedField.identity, SharedField.sex_and_age],
            legal_basis=LegalBasis.emergency,
            reason="Klien tidak dapat memberi persetujuan dan tanpa identitas tidak dapat dirawat.",
            by=rina,
        )
    with context.act_as("rina", 10, 15, 0) as rina:
        accept_referral(
            referral,
            answered_by="Rahmat",
            answered_position="Operator SIAK",
            told_how=ToldHow.in_person,
            by=rina,
        )
    with context.act_as("rina", 9, 9, 30) as rina:
        start_referral(referral, answered_by="Rahmat", by=rina)
    with context.act_as("rina", 4, 11, 0) as rina:
        ask_document(referral, text="Surat keterangan dari rumah singgah", answered_by="Rahmat", by=rina)
        reply_to_partner(referral, reply="Surat kami antar besok pagi.", by=rina)


def _create_background_referrals(context: DemoContext) -> None:
    query = (
        select(Case)
        .where(
            Case.status == CaseStatus.active,
            Case.confidentiality == Confidentiality.ordinary,
            Case.opened_at < clock.now() - timedelta(days=60),
        )
        .order_by(Case.opened_at.desc(), Case.id)
        .limit(_BACKGROUND_REFERRAL_COUNT)
    )
    with transaction(by=context.get_user("dodi")):  # one transaction: one wait for the disk
        for number, case in enumerate(db.session.scalars(query)):
            _create_referral(context, number, case)


def _create_referral(context: DemoContext, number: int, case: Case) -> None:
    """Create a background referral and run its steps.

    The first twelve are recent, in every state that waits for somebody; the others are finished.
    """
    code, request = _REQUESTS[number % len(_REQUESTS)]
    at = (
        clock.now() - timedelta(days=2 + number)
        if number < len(_CURRENT_STEPS)
        else case.opened_at + timedelta(days=3)
    )
    by = case.worker or context.get_user("dodi")
    with clock.freeze_time(at):
        record_written_consent(case.client, ConsentPurpose.share_with_partner, str(case.client.name), by)
        referral_data = {"case": case, "need_kind": _get_need_kind(code), "request": request}
        referral = draft_referral(referral_data, by=by)
    steps = (
        _CURRENT_STEPS[number]
        if number < len(_CURRENT_STEPS)
        else _FINISHED_STEPS[number % len(_FINISHED_STEPS)]
    )
    for step in steps:
        at += timedelta(hours=context.rng.randrange(3, 40))
        with clock.freeze_time(min(at, clock.now())):
            step(referral, at=min(at, clock.now()), by=by)


def _send(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    send_referral(referral, shared_fields=_SHARED_FIELDS, by=by)


def _accept(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    accept_referral(referral, answered_by="Petugas loket", by=by)


def _start(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    start_referral(referral, by=by)


def _complete(referral: Referral, *, at: datetime, by: Any) -> None:
    day = at.astimezone(clock.WITA).date()
    complete_referral(referral, completed_on=day, result="Sudah dilayani.", by=by)


def _confirm(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    confirmation = {"confirmed_how": "Telepon", "confirmed_by": "Klien"}
    confirm_referral(referral, outcome=Outcome.met, by=by, **confirmation)


def _confirm_partly(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    confirmation = {"confirmed_how": "Kunjungan rumah", "confirmed_by": "Anak klien"}
    confirm_referral(referral, outcome=Outcome.partly_met, by=by, **confirmation)


def _confirm_unreachable(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    confirm_referral(referral, outcome=Outcome.unreachable, reason="Tiga kali ditelepon.", by=by)


def _decline(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    reason = Refusal.capacity_full
    decline_referral(referral, decline_reason=reason, declined_by=DeclinedBy.partner, by=by)


def _settle(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    settle_referral(referral, reason="Keluarga menemukan jalan sendiri.", by=by)


def _cancel(referral: Referral, *, at: datetime, by: Any) -> None:  # noqa: ARG001
    cancel_referral(referral, reason="Klien menarik permintaannya.", by=by)


Steps = tuple[Callable[..., None], ...]
_COMPLETED_STEPS: Steps = (_send, _accept, _start, _complete)
_CURRENT_STEPS: tuple[Steps, ...] = (
    (_send,), (), (_send, _accept), _COMPLETED_STEPS, (_send, _decline), (_send,),
    (_send, _accept, _start), _COMPLETED_STEPS, (_send,), (_send, _accept, _start), (_send, _decline), (_send,),
)  # fmt: skip
_FINISHED_STEPS: tuple[Steps, ...] = (
    (*_COMPLETED_STEPS, _confirm), (*_COMPLETED_STEPS, _confirm), (*_COMPLETED_STEPS, _confirm_partly), (_send, _decline, _settle),
    (*_COMPLETED_STEPS, _confirm_unreachable), (_send, _cancel),
)  # fmt: skip
