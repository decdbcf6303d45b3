"""Planning aid, handing it over with a note, proving it; cancelling what was not handed over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.aid.givers import must_answer, must_have_one_giver, paid_by, partner_of
from app.aid.household import Received, received
from app.aid.models import Aid
from app.aid.states import AID_MOVES, AidKind, AidState
from app.cases.models import Case
from app.cases.services import record
from app.cases.services.rules import lock, must_be_as_seen, not_in_future, said, user_of
from app.cases.standing import Standing, closing_checks
from app.cases.states import EventKind
from app.clients.household import lock_members
from app.core import clock
from app.core.actor import Actor
from app.core.display import day, rupiah
from app.core.errors import Conflict, PortalError
from app.core.moves import move_named
from app.core.numbers import next_number
from app.core.services import create, update
from app.extensions import db
from app.grants.models import Expenditure
from app.grants.services import withdraw_expenditure
from app.grants.services.rules import must_concern, must_see_case
from app.grants.states import ExpenditureState
from app.reference.services import aid_check_above
from app.referrals.services import complete_referral
from app.referrals.states import REFERRAL_MOVES

SERIES = "bast"
NUMBER = "{number:03d}/BAST/LK3/{year}"
"""How handover notes are numbered, without gaps, each year anew."""
_COLUMNS = ("case", "kind", "item", "quantity", "value", "partner", "referral", "again_reason")


def plan_aid(data: Mapping[str, Any], *, by: Actor) -> Aid:
    """Plan aid from a grant (its spending is proposed with it), from spending that is there, or a partner."""
    case: Case = data["case"]
    must_concern(case, by)
    data = {**data, "partner": data.get("partner") or partner_of(data)}
    must_have_one_giver(data)
    must_answer(data)
    quantity = data.get("quantity") or 1
    _check_amounts(data, quantity)
    lock_members(case.client)  # before the look at what the household got: another case of it waits here
    if data["kind"] is AidKind.cash and not (data.get("again_reason") or "").strip():
        _require_check_of_other_aid(case, data, by)
    values = {name: data[name] for name in _COLUMNS if data.get(name) is not None}
    expenditure = paid_by(data, by)
    if expenditure is not None:
        values |= {"value": expenditure.amount}
    aid = create(Aid, values | {"quantity": quantity, "expenditure": expenditure}, by=by)
    _tell(EventKind.aid_planned, aid, by=by)
    return aid


def hand_over_aid(
    aid: Aid,
    *,
    received_by: str,
    handed_over_at: datetime | None = None,
    evidence: str | None = None,
    by: Actor,
) -> Aid:
    """Give it to the client, under the next number of the year's handover notes."""
    _begin(aid, "hand_over", by)
    not_in_future(handed_over_at, "handed_over_at")
    if aid.expenditure is not None:
        _must_be_paid(aid.expenditure)
    moment = handed_over_at or clock.now()
    year = moment.astimezone(clock.WITA).year
    handed = {
        "handed_over_at": moment,
        "received_by": said(received_by, "received_by"),
        "handover_number": NUMBER.format(number=next_number(SERIES, year), year=year),
        "handler": user_of(by),
        "evidence": evidence,
        "state": AidState.handed_over,
    }
    update(aid, handed, by=by)
    _complete(aid, by)
    _tell(EventKind.aid_handed_over, aid, by=by, occurred_at=moment, number=aid.handover_number)
    return aid


def prove_aid(aid: Aid, *, evidence: str | None = None, by: Actor) -> Aid:
    """Keep the signed note or a photo of the handover."""
    must_see_case(aid.case, by)  # a closed case is no hindrance: the paper may come late
    must_be_as_seen(aid)
    move_named(AID_MOVES, "prove").check(aid)
    if evidence is None:
        raise PortalError(_("Choose the file of the receipt."), field="evidence")
    aid.evidence = evidence
    db.session.flush()
    record(aid.case, EventKind.evidence_attached, by=by, source=aid)
    return aid


def cancel_aid(aid: Aid, *, reason: str, by: Actor) -> Aid:
    """Say why the client does not get it; a proposal to pay for it goes with it."""
    _begin(aid, "cancel", by)
    paid = aid.expenditure
    if paid is not None and paid.state is ExpenditureState.approved:
        raise Conflict(
            _("The spending for this aid is approved: it has to be reversed first."),
            link=(f"/expenditures/show/{paid.id}", paid.label),
        )
    aid.reason, aid.state = said(reason, "reason"), AidState.cancelled
    if paid is not None and paid.state is ExpenditureState.proposed:
        withdraw_expenditure(paid, reason=aid.reason)
    db.session.flush()
    _tell(EventKind.aid_cancelled, aid, by=by, reason=aid.reason)
    return aid


def _complete(aid: Aid, by: Actor) -> None:
    """Complete the referral that the aid came from, where the partner had accepted it."""
    referral = aid.referral
    if referral is None or not move_named(REFERRAL_MOVES, "complete").starts_from(referral):
        return
    moment = aid.handed_over_at or clock.now()
    result = _("Handed over: %(item)s (%(number)s)", item=aid.label, number=aid.handover_number)
    try:
        complete_referral(referral, completed_on=moment.astimezone(clock.WITA).date(), result=result, by=by)
    except PortalError as refusal:  # its day is the day of the handover
        refusal.field = "handed_over_at" if refusal.field == "completed_on" else refusal.field
        raise


def _must_be_paid(paid: Expenditure) -> None:
    db.session.refresh(paid)
    if paid.state is not ExpenditureState.approved:
        raise Conflict(
            _(
                "This aid cannot be handed over yet: its spending says “%(state)s”.",
                state=str(paid.state.value),
            ),
            link=(f"/expenditures/show/{paid.id}", paid.label),
        )


def _check_amounts(data: Mapping[str, Any], quantity: int) -> None:
    value = data.get("value")
    costs = data["kind"] is AidKind.cash or data.get("grant") is not None
    if value is None and costs and data.get("expenditure") is None:
        raise PortalError(_("Say how much money it is."), field="value")
    if value is not None and value <= 0:
        raise PortalError(_("The amount must be more than zero."), field="value")
    if quantity < 1:
        raise PortalError(_("Say how many: one or more."), field="quantity")


def _require_check_of_other_aid(case: Case, data: Mapping[str, Any], by: Actor) -> None:
    """Refuse cash without a reason above the office's amount, or where the user sees aid of the last year.

    What the user may not see changes neither whether it is refused nor a word of the refusal.
    """
    paid: Expenditure | None = data.get("expenditure")
    before = [one for one in received(case.client, by) if one.source is not paid]
    amount = data["value"] if paid is None else paid.amount
    if not before and amount <= aid_check_above():
        return
    sentences = [_("Has other aid been checked? Write down what you found, and why this aid is given.")]
    if before:
        total = rupiah(sum(one.value or 0 for one in before))
        sentences.append(_("Aid to this household that you can see, last 12 months: %(total)s.", total=total))
    raise PortalError(" ".join(sentences), field="again_reason", links=[_line(one) for one in before])


def _line(one: Received) -> tuple[str, str]:
    amount = _("value unknown") if one.value is None else rupiah(one.value)
    source = one.source
    if isinstance(source, Aid):
        return f"/aid/show/{source.id}", f"{day(one.day)} · {amount} · {source.label} · {source.giver}"
    return f"/expenditures/show/{source.id}", f"{day(one.day)} · {amount} · {source.grant}"


def _begin(aid: Aid, move: str, by: Actor) -> None:
    if aid.referral is not None:
        lock(aid.referral)  # before the case, as the verbs of the referrals do it
    must_concern(aid.case, by)
    must_be_as_seen(aid)
    move_named(AID_MOVES, move).check(aid)


def _tell(kind: EventKind, aid: Aid, *, by: Actor, occurred_at: datetime | None = None, **data: Any) -> None:
    told = {"item": aid.label, "aid": aid.kind, **data}
    record(aid.case, kind, by=by, occurred_at=occurred_at, source=aid, data=told)


def planned_aid(case: Case) -> list[Standing]:
    """List the aid of the case that nobody has handed over or cancelled."""
    query = db.select(Aid).filter_by(case_id=case.id, state=AidState.planned).order_by(Aid.id)
    return [
        Standing(_("Aid not handed over: %(item)s", item=one.label), "aid", one.id)
        for one in db.session.scalars(query)
    ]


closing_checks.append(planned_aid)
