"""What a household received from anybody: asked before it gets money again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import joinedload

from app.aid.models import Aid
from app.aid.states import AidState
from app.cases.access import visible_to
from app.cases.models import Case
from app.clients.models import Client, Household
from app.core import clock
from app.core.actor import Actor
from app.extensions import db
from app.grants.choices import Purpose
from app.grants.models import Expenditure
from app.grants.states import ExpenditureState

LOOK_BACK = timedelta(days=365)


class Received(NamedTuple):
    """One thing that the household got, or that is on its way to it."""

    day: date
    value: int | None
    source: Aid | Expenditure
    seen: bool
    """Whether the reader may see the case; else he learns the amount and nothing more."""


def received(client: Client, user: Actor) -> list[Received]:
    """Give what the client's household got within twelve months, the newest first."""
    since = clock.now() - LOOK_BACK
    members = _members(client)
    mine = select(Case.id).where(Case.client_id.in_(members), visible_to(user))
    seen = set(db.session.scalars(mine))
    rows = [*_aid(members, since), *_spending(members, since)]
    found = [Received(_day_of(one), _value_of(one), one, one.case_id in seen) for one in rows]
    return sorted(found, key=lambda one: one.day, reverse=True)


def _day_of(one: Aid | Expenditure) -> date:
    if isinstance(one, Expenditure):
        return one.spent_on
    return (one.handed_over_at or one.created_at).astimezone(clock.WITA).date()


def _value_of(one: Aid | Expenditure) -> int | None:
    return one.value if isinstance(one, Aid) else one.amount


def _aid(members: Select[Any], since: datetime) -> Sequence[Aid]:
    query = (
        select(Aid)
        .join(Case, Case.id == Aid.case_id)
        .where(
            Case.client_id.in_(members),
            Aid.state != AidState.cancelled,
            func.coalesce(Aid.handed_over_at, Aid.created_at) >= since,
        )
        .options(joinedload(Aid.partner), joinedload(Aid.expenditure).joinedload(Expenditure.grant))
    )
    return db.session.scalars(query).all()


def _spending(members: Select[Any], since: datetime) -> Sequence[Expenditure]:
    """Find spending on the household that no handover tells of."""
    query = (
        select(Expenditure)
        .join(Case, Case.id == Expenditure.case_id)
        .where(
            Case.client_id.in_(members),
            Expenditure.purpose == Purpose.client_aid,
            Expenditure.state.in_([ExpenditureState.proposed, ExpenditureState.approved]),
            Expenditure.spent_on >= since.astimezone(clock.WITA).date(),
            ~exists().where(Aid.expenditure_id == Expenditure.id).correlate(Expenditure),
        )
        .options(joinedload(Expenditure.grant))
    )
    return db.session.scalars(query).all()


def _members(client: Client) -> Select[Any]:
    """Find everybody on the same family card or in the same household."""
    same = [Client.id == client.id]
    if client.household_id is not None:
        same.append(Client.household_id == client.household_id)
    cards = {client.no_kk, client.household.no_kk if client.household is not None else None} - {None}
    if cards:
        of_card = select(Household.id).where(Household.no_kk.in_(cards))
        same += [Client.no_kk.in_(cards), Client.household_id.in_(of_card)]
    return select(Client.id).where(or_(*same))
