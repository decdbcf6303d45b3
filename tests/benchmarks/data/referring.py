"""Invented referrals, run through the services from the draft as far as each has come."""

from app.cases.enums import Urgency
from app.clients.enums import ConsentMethod, ConsentPurpose
from app.clients.services.clients import record_consent
from app.partners.models import Partner
from app.referrals.enums import DeclinedBy, LegalBasis, Outcome, Refusal, SharedField, ToldHow
from app.referrals.models.referral import Referral
from app.referrals.services.answers import (
    accept_referral,
    complete_referral,
    decline_referral,
    start_referral,
)
from app.referrals.services.drafts import draft_referral, enclose_document, refer_on, waive_document
from app.referrals.services.office import cancel_referral, confirm_referral, send_referral, settle_referral
from app.referrals.services.rules import Respondent
from tests.benchmarks.data.stories import Story

REQUESTS = (
    "Mohon dibantu sesuai layanan yang tersedia.",
    "Mohon klien diterima dan didata, berkas terlampir.",
    "Mohon kunjungan ke rumah, klien tidak dapat datang sendiri.",
)
SHARED = (
    (SharedField.identity, SharedField.sex_and_age),
    (SharedField.address, SharedField.identity, SharedField.phone),
    (SharedField.identity, SharedField.nik, SharedField.problem),
)
REFUSALS = (Refusal.capacity_full, Refusal.funds_exhausted, Refusal.criteria_not_met, Refusal.already_helped)
OUTCOMES = (*[Outcome.met] * 4, *[Outcome.partly_met] * 2, Outcome.not_met)
ANSWERERS = ("Petugas layanan", "Bagian pendaftaran", "Kepala seksi")
HOW = (ToldHow.phone, ToldHow.phone, ToldHow.whatsapp, ToldHow.in_person)
DECLINED, CANCELLED, LATE, UNREACHABLE = 0.08, 0.02, 0.02, 0.05


def refer(story: Story) -> None:
    """Create a referral; where the partner declines, refer on to another one for the same need."""
    referral: Referral | None = _draft(story)
    while referral is not None:
        referral = _run_referral(story, referral)


def send(story: Story) -> None:
    """Draft and send a referral that waits for the partner's answer."""
    _send(story, _draft(story))


def _draft(story: Story) -> Referral:
    offer = story.chance.choice(story.office.offers)
    with story.now():
        data = {
            "case": story.case,
            "partner": offer.partner,
            "need_kind": offer.need_kind,
            "request": story.chance.choice(REQUESTS),
            "urgency": story.case.urgency,
        }
        return draft_referral(data, by=story.worker)


def _run_referral(story: Story, referral: Referral) -> Referral | None:
    """Run one referral through its states; return the follow-up referral to another partner, if any."""
    if not story.later(0.3, 20):
        return None
    _send(story, referral)
    if not _advance(story, referral):
        return None
    roll = story.chance.random()
    if roll < DECLINED:
        return _decline(story, referral)
    if roll < DECLINED + CANCELLED:
        _cancel(story, referral)
    else:
        _serve(story, referral)
    return None


def _serve(story: Story, referral: Referral) -> None:
    """Let the partner accept, perhaps start, and complete; then confirm with the client."""
    by = story.worker
    with story.now():
        accept_referral(referral, by=by, **_answer(story))
    if story.chance.random() < 0.6:  # the others go from accepted to completed
        if not _advance(story, referral):
            return
        with story.now():
            start_referral(referral, by=by)
    if not _advance(story, referral):
        return
    with story.now():
        done = {"completed_on": story.day, "result": "Klien sudah dilayani."}
        complete_referral(referral, by=by, **done, **_answer(story))
    if _advance(story, referral):
        _confirm(story, referral)


def _send(story: Story, referral: Referral) -> None:
    by = story.worker
    basis = {}
    with story.now():
        for document in referral.documents:
            if story.chance.random() < 0.1:
                waive_document(document, waived_reason="Belum punya.", by=by)
            else:
                enclose_document(document, by=by)
        if referral.urgency is Urgency.emergency:
            basis = {"legal_basis": LegalBasis.emergency, "reason": "Keselamatan klien terancam."}
        else:
            _record_consent(story)
        send_referral(referral, shared_fields=story.chance.choice(SHARED), by=by, **basis)


def _record_consent(story: Story) -> None:
    """Record the client's consent, once per case."""
    if not story.has_consent:
        data = {
            "client": story.case.client,
            "purpose": ConsentPurpose.share_with_partner,
            "method": ConsentMethod.written,
        }
        record_consent(data, by=story.worker)
        story.has_consent = True


def _advance(story: Story, referral: Referral) -> bool:
    """Advance to the next step, mostly before its deadline; after it, the service records the breach."""
    due = referral.due_at
    if due is not None and story.chance.random() < LATE:
        return story.until(due) and story.later(1, 48)
    return story.in_time(due, 0.02, 0.9)


def _decline(story: Story, referral: Referral) -> Referral | None:
    by = story.worker
    with story.now():
        reason = story.chance.choice(REFUSALS)
        why = {"decline_reason": reason, "declined_by": DeclinedBy.partner}
        decline_referral(referral, by=by, **why, **_answer(story))
    if not _advance(story, referral):
        return None
    with story.now():
        partner = _other_partner(story, referral) if story.chance.random() < 0.5 else None
        if partner is not None:
            return refer_on(referral, partner=partner, by=by)
        settle_referral(referral, reason="Klien dibantu keluarga.", by=by)
    return None


def _other_partner(story: Story, referral: Referral) -> Partner | None:
    asked_ids, before = {referral.partner_id}, referral.previous
    while before is not None:
        asked_ids, before = asked_ids | {before.partner_id}, before.previous
    others = [
        offer.partner
        for offer in story.office.offers
        if offer.need_kind_id == referral.need_kind_id and offer.partner_id not in asked_ids
    ]
    return story.chance.choice(others) if others else None


def _cancel(story: Story, referral: Referral) -> None:
    reason = "Klien tidak memerlukan lagi."
    with story.now():
        cancel_referral(referral, reason=reason, by=story.worker)
    if story.later(1, 20):
        with story.now():
            settle_referral(referral, reason=reason, by=story.worker)


def _confirm(story: Story, referral: Referral) -> None:
    if story.chance.random() < UNREACHABLE:
        details = {"outcome": Outcome.unreachable, "reason": "Tiga kali ditelepon, tidak diangkat."}
    else:
        details = {
            "outcome": story.chance.choice(OUTCOMES),
            "confirmed_how": "Telepon",
            "confirmed_by": "Klien",
        }
    with story.now():
        confirm_referral(referral, by=story.worker, **details)


def _answer(story: Story) -> Respondent:
    return {"answered_by": story.chance.choice(ANSWERERS), "told_how": story.chance.choice(HOW)}
