"""Services of aid: plan, hand over with a note, attach evidence, cancel before the handover."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.aid.event_types import AID_CANCELLED, AID_HANDED_OVER, AID_PLANNED
from app.aid.models import Aid
from app.aid.queries import ReceivedAid, list_received_aid
from app.aid.services.givers import (
    get_or_create_expenditure,
    get_referral_partner,
    require_matching_referral,
    require_one_giver,
)
from app.aid.transitions import AID_TRANSITIONS, AidKind, AidState
from app.cases.events import EventType
from app.cases.models.case import Case
from app.cases.services.events import record_event
from app.clients.queries import lock_members
from app.core import clock
from app.core.actor import Actor
from app.core.checks import require_not_in_future, require_text
from app.core.errors import Conflict, PortalError
from app.core.formats import format_day, format_rupiah
from app.core.records import RecordLink, RecordRef
from app.core.transitions import get_transition
from app.db.number_series import allocate_number
from app.db.records import create, lock, lock_and_check_version, update
from app.extensions import db
from app.grants.event_types import EVIDENCE_ATTACHED
from app.grants.models.money import Expenditure
from app.grants.services.rules import require_case_for_spending, require_visible_case_unless_admin
from app.grants.services.spending import withdraw_expenditure
from app.grants.transitions import ExpenditureState
from app.reference.services import get_aid_check_threshold
from app.referrals.services.answers import complete_referral
from app.referrals.transitions import REFERRAL_TRANSITIONS
from app.security.services.users import get_acting_user

HANDOVER_SERIES = "bast"
HANDOVER_NUMBER_FORMAT = "{number:03d}/BAST/LK3/{year}"
"""Number of a handover note: without gaps, from 1 each year."""
_PLANNED_COLUMNS = ("case", "kind", "item", "quantity", "value", "partner", "referral", "again_reason")


def plan_aid(data: Mapping[str, Any], *, by: Actor) -> Aid:
    """Plan aid from a grant (its spending is proposed with it), from existing spending or from a partner."""
    case: Case = data["case"]
    require_case_for_spending(case, by)
    data = {**data, "partner": data.get("partner") or get_referral_partner(data)}
    require_one_giver(data)
    require_matching_referral(data)
    quantity = data.get("quantity") or 1
    _check_amounts(data, quantity)
    lock_members(case.client)  # before received aid is read: aid in another case of the household waits here
    if data["kind"] is AidKind.cash and not (data.get("again_reason") or "").strip():
        _require_check_of_other_aid(case, data, by)
    values = {name: data[name] for name in _PLANNED_COLUMNS if data.get(name) is not None}
    expenditure = get_or_create_expenditure(data, by)
    if expenditure is not None:
        values |= {"value": expenditure.amount}
    aid = create(Aid, values | {"quantity": quantity, "expenditure": expenditure}, by=by)
    _record_aid_event(AID_PLANNED, aid, by=by)
    return aid


def hand_over_aid(
    aid: Aid,
    *,
    received_by: str,
    handed_over_at: datetime | None = None,
    evidence: str | None = None,
    by: Actor,
) -> Aid:
    """Hand over the aid, under the next handover number of the year in WITA.

    Its spending must be approved. The referral that it came from is completed if the partner has accepted it.
    """
    _begin_transition(aid, "hand_over", by)
    require_not_in_future(handed_over_at, "handed_over_at")
    if aid.expenditure is not None:
        _require_approved_expenditure(aid.expenditure)
    moment = handed_over_at or clock.now()
    year = moment.astimezone(clock.WITA).year
    values = {
        "handed_over_at": moment,
        "received_by": require_text(received_by, "received_by"),
        "handover_number": HANDOVER_NUMBER_FORMAT.format(
            number=allocate_number(HANDOVER_SERIES, year), year=year
        ),
        "handler": get_acting_user(by),
        "evidence": evidence,
        "state": AidState.handed_over,
    }
    update(aid, values, by=by)
    _complete_source_referral(aid, by)
    _record_aid_event(AID_HANDED_OVER, aid, by=by, occurred_at=moment, number=aid.handover_number)
    return aid


def prove_aid(aid: Aid, *, evidence: str | None = None, by: Actor) -> Aid:
    """Attach the signed note or a photo of the handover."""
    require_visible_case_unless_admin(aid.case, by)  # also in a closed case: the paper may come late
    lock_and_check_version(aid)
    get_transition(AID_TRANSITIONS, "prove").check_allowed(aid)
    if evidence is None:
        raise PortalError(_("Choose the file of the receipt."), field="evidence")
    aid.evidence = evidence
    db.session.flush()
    record_event(aid.case, EVIDENCE_ATTACHED, by=by, source=aid)
    return aid


def cancel_aid(aid: Aid, *, reason: str, by: Actor) -> Aid:
    """Cancel planned aid, with a reason. Rejects its proposed spending; raises if that is approved."""
    _begin_transition(aid, "cancel", by)
    expenditure = aid.expenditure
    if expenditure is not None and expenditure.state is ExpenditureState.approved:
        raise Conflict(
            _("The spending for this aid is approved: it has to be reversed first."),
            link=RecordLink(RecordRef(Expenditure, expenditure.id), expenditure.label),
        )
    aid.reason, aid.state = require_text(reason, "reason"), AidState.cancelled
    if expenditure is not None and expenditure.state is ExpenditureState.proposed:
        withdraw_expenditure(expenditure, reason=aid.reason)
    db.session.flush()
    _record_aid_event(AID_CANCELLED, aid, by=by, reason=aid.reason)
    return aid


def _complete_source_referral(aid: Aid, by: Actor) -> None:
    """Complete the referral that the aid came from, if the partner has accepted it."""
    referral = aid.referral
    if referral is None or not get_transition(REFERRAL_TRANSITIONS, "complete").is_allowed(referral):
        return
    moment = aid.handed_over_at or clock.now()
    result = _("Handed over: %(item)s (%(number)s)", item=aid.label, number=aid.handover_number)
    try:
        complete_referral(referral, completed_on=moment.astimezone(clock.WITA).date(), result=result, by=by)
    except PortalError as error:  # the form has no completed_on: it is the day of the handover
        error.field = "handed_over_at" if error.field == "completed_on" else error.field
        raise


def _require_approved_expenditure(expenditure: Expenditure) -> None:
    db.session.refresh(expenditure)
    if expenditure.state is not ExpenditureState.approved:
        raise Conflict(
            _(
                "This aid cannot be handed over yet: its spending says “%(state)s”.",
                state=str(expenditure.state.value),
            ),
            link=RecordLink(RecordRef(Expenditure, expenditure.id), expenditure.label),
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
    """Raise if cash has no reason and exceeds the office's threshold or the user sees aid of the last year.

    What the user may not see changes neither the decision nor a word of the message.
    """
    expenditure: Expenditure | None = data.get("expenditure")
    other_aid = [entry for entry in list_received_aid(case.client, by) if entry.source is not expenditure]
    amount = data["value"] if expenditure is None else expenditure.amount
    if not other_aid and amount <= get_aid_check_threshold():
        return
    sentences = [_("Has other aid been checked? Write down what you found, and why this aid is given.")]
    if other_aid:
        total = format_rupiah(sum(entry.value or 0 for entry in other_aid))
        sentences.append(_("Aid to this household that you can see, last 12 months: %(total)s.", total=total))
    raise PortalError(
        " ".join(sentences), field="again_reason", links=[_build_link(entry) for entry in other_aid]
    )


def _build_link(entry: ReceivedAid) -> RecordLink:
    amount = _("value unknown") if entry.value is None else format_rupiah(entry.value)
    source = entry.source
    details = f"{source.label} · {source.giver}" if isinstance(source, Aid) else str(source.grant)
    return RecordLink(RecordRef(type(source), source.id), f"{format_day(entry.day)} · {amount} · {details}")


def _begin_transition(aid: Aid, transition_name: str, by: Actor) -> None:
    if aid.referral is not None:
        lock(aid.referral)  # before the case, as in the services of referrals
    require_case_for_spending(aid.case, by)
    lock_and_check_version(aid)
    get_transition(AID_TRANSITIONS, transition_name).check_allowed(aid)


def _record_aid_event(
    event_type: EventType, aid: Aid, *, by: Actor, occurred_at: datetime | None = None, **data: Any
) -> None:
    event_data = {"item": aid.label, "aid": aid.kind, **data}
    record_event(aid.case, event_type, by=by, occurred_at=occurred_at, source=aid, data=event_data)


def list_aid_blockers(case: Case) -> list[RecordLink]:
    """Return the planned aid of the case: it blocks its closing."""
    query = db.select(Aid).filter_by(case_id=case.id, state=AidState.planned).order_by(Aid.id)
    return [
        RecordLink(RecordRef(Aid, planned_aid.id), _("Aid not handed over: %(item)s", item=planned_aid.label))
        for planned_aid in db.session.scalars(query)
    ]
