"""Reserving money: promised, and held back until it is spent or released."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from app.cases.models import Case
from app.cases.services import record
from app.cases.services.rules import must_be_as_seen
from app.cases.standing import Standing, closing_checks
from app.cases.states import EventKind
from app.core import clock
from app.core.actor import Actor
from app.core.display import rupiah
from app.core.errors import PortalError
from app.core.moves import move_named
from app.core.search import search_text
from app.extensions import db
from app.grants.choices import Purpose
from app.grants.models import Commitment
from app.grants.services.rules import (
    lock_pot,
    must_allow,
    must_be_in_year,
    must_concern,
    must_cover,
    must_take_money,
    reason_given,
)
from app.grants.states import COMMITMENT_MOVES, CommitmentState


def commitment_search_text(commitment: Commitment) -> str | None:
    """Give what the quick search finds it by; what is reserved for a case is found through the case."""
    return None if commitment.concerns_case else search_text(commitment.description) or None


def open_commitment(data: Mapping[str, Any], *, by: Actor) -> Commitment:
    """Hold money of a grant back for something that is promised."""
    grant, case = data["grant"], data.get("case")
    must_concern(case, by)
    lock_pot(grant)
    must_take_money(grant)
    must_allow(grant, data["purpose"])
    must_name_case(data["purpose"], case)
    day = data.get("committed_on") or clock.today()
    must_be_in_year(grant, day, "committed_on", data.get("late_reason"))
    must_cover(grant, data["amount"], spends=False)
    commitment = Commitment(**{**data, "committed_on": day})
    commitment.search_text = commitment_search_text(commitment)
    db.session.add(commitment)
    db.session.flush()
    tell(EventKind.commitment_made, commitment, by=by)
    return commitment


def release_commitment(commitment: Commitment, *, reason: str, by: Actor) -> Commitment:
    """Give what was held back free again."""
    lock_pot(commitment.grant, commitment.case)
    must_be_as_seen(commitment)
    move_named(COMMITMENT_MOVES, "release").check(commitment)
    commitment.reason = reason_given(reason)
    commitment.state = CommitmentState.released
    db.session.flush()
    tell(EventKind.commitment_released, commitment, by=by, reason=commitment.reason)
    return commitment


def must_name_case(purpose: Purpose, case: Case | None) -> None:
    """Refuse aid to clients that names no client's case."""
    if purpose is Purpose.client_aid and case is None:
        raise PortalError(_("Aid to clients belongs to a case: say to which."), field="case")


def tell(kind: EventKind, entry: Any, *, by: Actor, **data: Any) -> None:
    """Write the event of an entry that concerns a case."""
    if entry.case is not None:
        told = {"amount": entry.amount, "purpose": entry.purpose, **data}
        record(entry.case, kind, by=by, source=entry, data=told)


def open_commitments(case: Case) -> list[Standing]:
    """List the money that is still held back for the case."""
    query = db.select(Commitment).filter_by(case_id=case.id, state=CommitmentState.open)
    return [
        Standing(_("Reserved: %(amount)s", amount=rupiah(one.amount)), "commitments", one.id)
        for one in db.session.scalars(query.order_by(Commitment.id))
    ]


closing_checks.append(open_commitments)
