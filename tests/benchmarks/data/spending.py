"""Invented expenditures, commitments and aid, run through the services."""

from typing import Any

from app.aid.models import Aid
from app.aid.services.aid import cancel_aid, hand_over_aid, plan_aid
from app.aid.transitions import AidKind
from app.grants.enums import Purpose
from app.grants.models.money import Expenditure
from app.grants.models.pots import Grant
from app.grants.services.commitments import open_commitment, release_commitment
from app.grants.services.spending import (
    approve_expenditure,
    attach_evidence,
    propose_expenditure,
    reject_expenditure,
    reverse_expenditure,
    spend_commitment,
)
from app.grants.transitions import ExpenditureState
from tests.benchmarks.data.stories import Story

AMOUNTS = (200_000, 300_000, 500_000, 750_000, 1_000_000, 1_500_000)
THINGS = ("Bantuan biaya hidup", "Biaya berobat", "Sewa rumah satu bulan", "Modal usaha kecil")
OFFICE_THINGS = ("Fotokopi dan alat tulis", "Bensin kunjungan rumah", "Konsumsi penyuluhan")
AID = (
    (AidKind.cash, "Bantuan biaya hidup"),
    (AidKind.goods, "Paket sembako"),
    (AidKind.goods, "Perlengkapan sekolah"),
)
PROMISED, FROM_PARTNERS = 0.2, 0.15
REJECTED, UNPROVED = 0.04, 0.05
REVERSED = 100
"""One of so many approved proposals is reversed, at fixed intervals and not by chance.

Without any, SQLite's statistics would say that all expenditures share one value of `reverses_id`: it would
scan the table.
"""
OVER = "Tahun anggaran sudah berakhir."


def spend(story: Story) -> None:
    """Propose an expenditure for the client, in some cases from a commitment made before."""
    amount, what, year = story.chance.choice(AMOUNTS), story.chance.choice(THINGS), story.day.year
    grant = story.office.take(year, Purpose.client_aid, amount)
    if grant is None:
        return
    data = {"grant": grant, "case": story.case, "purpose": Purpose.client_aid}
    data |= {"amount": amount, "description": what}
    if story.chance.random() >= PROMISED:
        with story.now():
            made = propose_expenditure(data, by=story.worker)
        _settle(story, made)
        return
    with story.now():
        promise = open_commitment(data, by=story.worker)
    if not story.later(24, 240):
        return
    with story.now():
        if story.day.year != year:
            release_commitment(promise, reason=OVER, by=story.office.admin)
            return
        details = {"amount": amount, "spent_on": story.day, "description": what}
        made = spend_commitment(promise, by=story.worker, **details)
    _settle(story, made)
    if made.state is ExpenditureState.rejected:
        with story.now():
            release_commitment(promise, reason=OVER, by=story.office.admin)


def give(story: Story) -> None:
    """Plan aid from a grant or a partner, and hand it over once its expenditure is approved."""
    kind, item = story.chance.choice(AID)
    data: dict[str, Any] = {"case": story.case, "kind": kind, "item": item}
    data |= {"value": story.chance.choice(AMOUNTS)}
    if kind is AidKind.cash:
        data["again_reason"] = "Kebutuhan mendesak, tidak ada bantuan lain."
    if story.chance.random() < FROM_PARTNERS:
        data["partner"] = story.chance.choice(story.office.offers).partner
    else:
        data["grant"] = story.office.take(story.day.year, Purpose.client_aid, data["value"])
        if data["grant"] is None:
            return
    with story.now():
        aid = plan_aid(data, by=story.worker)
    if aid.expenditure is None or _settle(story, aid.expenditure):
        _hand_over(story, aid)
    elif aid.expenditure.state in (ExpenditureState.rejected, ExpenditureState.reversed):
        with story.now():
            cancel_aid(aid, reason="Tidak disetujui.", by=story.worker)


def run_office(story: Story) -> None:
    """Spend money without a case: what an administrator enters is approved at once."""
    amount, admin = story.chance.choice(AMOUNTS), story.office.admin
    grant = story.office.take(story.day.year, Purpose.operational, amount)
    if grant is None:
        return
    data = {"grant": grant, "purpose": Purpose.operational, "amount": amount}
    data |= {"description": story.chance.choice(OFFICE_THINGS)}
    with story.now():
        _prove(story, propose_expenditure(data, by=admin))


def _hand_over(story: Story, aid: Aid) -> None:
    if story.waits or not story.later(2, 72):
        return
    with story.now():
        hand_over_aid(aid, received_by="Klien sendiri", evidence=story.office.receipt, by=story.worker)


def _settle(story: Story, made: Expenditure) -> bool:
    """Let an administrator decide and attach evidence; return whether it is approved and not reversed."""
    if not story.later(1, 72):
        return False
    grant, roll, admin = made.grant, story.chance.random(), story.office.admin
    is_late = story.day.year != grant.fiscal_year
    if is_late or roll < REJECTED:
        with story.now():
            reject_expenditure(
                made, reason=OVER if is_late else "Keluarga sudah menerima bantuan lain.", by=admin
            )
        _give_back(story, grant, made.amount)
        return False
    with story.now():
        approve_expenditure(made, by=admin)
    story.office.approved += 1
    if story.office.approved >= story.office.next_reversal and _reverse(story, made):
        story.office.next_reversal += REVERSED
        return False
    # Accounting for a past year requires all receipts.
    must_prove = story.office.is_over(int(grant.fiscal_year or 0))
    if (must_prove or story.chance.random() >= UNPROVED) and story.later(2, 90):
        with story.now():
            _prove(story, made)
    return True


def _reverse(story: Story, made: Expenditure) -> bool:
    if not story.later(3, 48) or story.day.year != made.grant.fiscal_year:
        return False
    with story.now():
        reverse_expenditure(made, reason="Salah catat, dibukukan dua kali.", by=story.office.admin)
    _give_back(story, made.grant, made.amount)
    return True


def _prove(story: Story, made: Expenditure) -> None:
    number = f"KW/{story.day.year}/{made.id:06d}"
    evidence = {"evidence": story.office.receipt, "evidence_number": number, "evidence_on": story.day}
    attach_evidence(made, by=story.office.admin, **evidence)


def _give_back(story: Story, grant: Grant, amount: int) -> None:
    story.office.left[grant] += amount
