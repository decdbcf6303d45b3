"""What a household received from anybody, as far as the reader may see it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import joinedload

from app.aid.models import Aid
from app.aid.states import AidState
from app.cases.access import visible_to
from app.cases.models import Case
from app.clients.household import member_ids
from app.clients.models import Client
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


def received(client: Client, user: Actor) -> list[Received]:
    """Return what the household got within twelve months in cases visible to the user, newest first."""
    since = clock.now() - LOOK_BACK
    cases = select(Case.id).where(Case.client_id.in_(member_ids(client)), visible_to(user))
    rows = [*_aid(cases, since), *_spending(cases, since)]
    found = [Received(_day_of(one), _value_of(one), one) for one in rows]
    return sorted(found, key=lambda one: one.day, reverse=True)


def _day_of(one: Aid | Expenditure) -> date:
    if isinstance(one, Expenditure):
        return one.spent_on
    return (one.handed_over_at or one.created_at).astimezone(clock.WITA).date()


def _value_of(one: Aid | Expenditure) -> int | None:
    return one.value if isinstance(one, Aid) else one.amount


def _aid(cases: Select[Any], since: datetime) -> Sequence[Aid]:
    query = (
        select(Aid)
        .where(
            Aid.case_id.in_(cases),
            Aid.state != AidState.cancelled,
            func.coalesce(Aid.handed_over_at, Aid.created_at) >= since,
        )
        .options(joinedload(Aid.partner), joinedload(Aid.expenditure).joinedload(Expenditure.grant))
    )
    return db.session.scalars(query).all()


def _spending(cases: Select[Any], since: datetime) -> Sequence[Expenditure]:
    """Find spending on the household that no handover tells of."""
    query = (
        select(Expenditure)
        .where(
            Expenditure.case_id.in_(cases),
            Expenditure.purpose == Purpose.client_aid,
            Expenditure.state.in_([ExpenditureState.proposed, ExpenditureState.approved]),
            Expenditure.spent_on >= since.astimezone(clock.WITA).date(),
            ~exists().where(Aid.expenditure_id == Expenditure.id).correlate(Expenditure),
        )
        .options(joinedload(Expenditure.grant))
    )
    return db.session.scalars(query).all()
